from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.records import media, source, spec

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Problem
from proxx_daemon.jobspec.jobspec import TOKENS
from proxx_daemon.plan import naming
from proxx_daemon.profiles.catalogue import profiles

PROFILE = profiles()["proxy_h264_low"]
FULL = source(
    media(
        path="/media/day 1/A001.C001.MOV",
        reel="A001R1XY",
        timecode="10:00:00;04",
    )
)


def name(template: str, container: str = "mp4", **tokens: str) -> str:
    answer = naming.resolve(template, tokens, container, 0)
    assert isinstance(answer, naming.Name), answer
    assert answer.tokens == tokens
    return answer.file_name


def refusal(template: str, **tokens: str) -> Problem:
    answer = naming.resolve(template, tokens, "mp4", 1)
    assert isinstance(answer, Problem), answer
    assert answer.path == "naming_template"
    return answer


@pytest.mark.parametrize(
    ("token", "value"),
    [
        ("source_name", "A001.C001"),
        ("source_ext", "MOV"),
        ("index", "007"),
        ("job_id", "job-1"),
        ("profile", "proxy_h264_low"),
        ("codec", "h264"),
        ("container", "mp4"),
        ("resolution", "half"),
        ("width", "960"),
        ("height", "540"),
        ("fps", "23.976"),
        ("reel", "A001R1XY"),
        ("timecode", "10-00-00-04"),
    ],
)
def test_every_token_has_its_value(token: str, value: str) -> None:
    tokens = naming.token_values(spec(), PROFILE, FULL, 7)
    assert tokens[token] == value
    resolved = naming.resolve(f"x{{{token}}}", tokens, "mp4", 7)
    assert isinstance(resolved, naming.Name)
    assert resolved.file_name == f"x{value}.mp4"


def test_the_tokens_are_exactly_those_of_the_contract() -> None:
    assert set(naming.token_values(spec(), PROFILE, FULL, 0)) == set(TOKENS)
    assert len(TOKENS) == 13


def test_an_index_beyond_999_keeps_all_its_digits() -> None:
    assert naming.token_values(spec(), PROFILE, FULL, 1234)["index"] == "1234"


def test_an_explicit_rate_is_the_one_in_the_name() -> None:
    tokens = naming.token_values(spec(fps_explicit=Fraction(25)), PROFILE, FULL, 0)
    assert tokens["fps"] == "25"


@pytest.mark.parametrize(
    ("path", "stem"), [("/a/clip", "clip"), ("/a/.hidden", ".hidden"), ("/a/clip.", "clip")]
)
def test_a_source_without_extension_has_no_token_for_it(path: str, stem: str) -> None:
    tokens = naming.token_values(spec(), PROFILE, source(media(path=path)), 0)
    assert tokens["source_name"] == stem
    assert "source_ext" not in tokens


@pytest.mark.parametrize("token", ["reel", "timecode"])
def test_a_source_without_reel_or_timecode_cannot_resolve_it(token: str) -> None:
    tokens = naming.token_values(spec(), PROFILE, source(), 0)
    problem = naming.resolve(f"{{source_name}}_{{{token}}}", tokens, "mp4", 2)
    assert isinstance(problem, Problem)
    assert problem.code is Code.TOKEN_UNRESOLVED
    assert f"'{{{token}}}'" in problem.message
    assert "sources[2]" in problem.message


def test_every_token_without_a_value_is_named_at_once() -> None:
    problem = refusal("{reel}_{timecode}_{reel}")
    assert problem.message.count("{reel}") == 1
    assert "'{reel}', '{timecode}'" in problem.message


@pytest.mark.parametrize("token", ["", "name", "Index", " index", "index:04d", "source_name!r"])
def test_an_unknown_token_is_refused_and_the_known_ones_are_listed(token: str) -> None:
    (problem,) = naming.check_template(f"a_{{{token}}}")
    assert (problem.code, problem.path) == (Code.TOKEN_UNKNOWN, "naming_template")
    assert problem.message == f"naming_template has the unknown token '{{{token}}}'."
    assert problem.allowed is not None
    assert "{timecode}" in problem.allowed


@pytest.mark.parametrize("template", ["a{", "a}", "{{index}}", "{index", "index}", "}{"])
def test_a_brace_that_belongs_to_no_token_is_refused(template: str) -> None:
    assert [problem.code for problem in naming.check_template(template)] == [Code.TOKEN_UNKNOWN]


def test_every_known_token_passes_the_check_of_the_template() -> None:
    assert naming.check_template("".join(f"{{{token}}}" for token in TOKENS)) == ()
    assert naming.check_template("plain") == ()


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("clip", "clip.mp4"),
        ("clip.mp4", "clip.mp4"),
        ("clip.MP4", "clip.MP4"),
        ("clip.mov", "clip.mov.mp4"),
        ("mp4", "mp4.mp4"),
        ("clip.", "clip..mp4"),
        ("take..2", "take..2.mp4"),
        ("Größe\u202f1", "Größe\u202f1.mp4"),
        ("x" * 251, "x" * 251 + ".mp4"),
    ],
)
def test_the_container_s_extension_is_appended_once(template: str, expected: str) -> None:
    assert name(template) == expected


def test_braces_in_a_value_are_text() -> None:
    assert name("{source_name}", source_name="{index}") == "{index}.mp4"


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        (".mp4", "is empty"),
        (".", "is empty"),
        ("..", "is empty"),
        ("   ", "is empty"),
        ("a/b", "path separator"),
        ("/a", "path separator"),
        ("../a", "path separator"),
        ("a\\b", "path separator"),
        ("a%03d", "'%'"),
        ("a\nb", "control character"),
        ("a\0", "control character"),
        ("\ud800", "control character"),
        (".hidden", "starts with a dot"),
        ("-rf", "starts with '-'"),
        (" a", "space"),
        ("x" * 252, "has 256 bytes"),
        ("ä" * 126, "has 256 bytes"),
    ],
)
def test_a_name_that_is_not_one_usable_file_name_is_refused(template: str, reason: str) -> None:
    problem = refusal(template)
    assert problem.code is Code.NAME_INVALID
    assert problem.message.startswith("The output name of sources[1] ")
    assert reason in problem.message


def test_a_path_in_a_token_s_value_is_refused_too() -> None:
    assert refusal("{reel}", reel="../../etc/passwd").code is Code.NAME_INVALID


HOSTILE = st.text(
    st.sampled_from("./\\% -\0\n{}aB\u202f\ud800") | st.characters(exclude_categories=()),
    max_size=300,
)


@given(HOSTILE, st.dictionaries(st.sampled_from(TOKENS), HOSTILE))
def test_a_name_never_leaves_its_folder(template: str, tokens: dict[str, str]) -> None:
    answer = naming.resolve(template, tokens, "mov", 0)
    if isinstance(answer, Problem):
        answer.message.encode("utf-8")
        return
    assert not set(answer.file_name) & set("/\\%\0\n")
    assert answer.file_name not in {".", ".."}
    assert not answer.file_name.startswith((".", "-"))
    assert answer.file_name.lower().endswith(".mov")
    assert len(answer.file_name.encode("utf-8")) <= 255


@given(HOSTILE)
def test_no_template_crashes_the_check(template: str) -> None:
    for problem in naming.check_template(template):
        problem.message.encode("utf-8")


def test_clips_with_names_of_their_own_do_not_collide() -> None:
    assert naming.collisions(["a.mov", "b.mov"]) == ()


@pytest.mark.parametrize("other", ["a.mov", "A.MOV", "A.mov"])
def test_names_that_one_folder_cannot_hold_both_collide(other: str) -> None:
    (problem,) = naming.collisions(["b.mov", "a.mov", other])
    assert (problem.code, problem.path) == (Code.OUTPUT_COLLISION, "sources[2]")
    assert "sources[1] and sources[2] both resolve to" in problem.message


def test_two_ways_of_writing_an_accented_letter_collide() -> None:
    assert len(naming.collisions(["caf\u00e9.mov", "cafe\u0301.mov"])) == 1


def test_every_collision_is_reported() -> None:
    assert [problem.path for problem in naming.collisions(["a", "a", "b", "a"])] == [
        "sources[1]",
        "sources[3]",
    ]
