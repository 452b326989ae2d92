import hashlib
import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

import attrs
import pytest
from specified_profiles import specified

from proxx_daemon.jobspec.jobspec import EngineKind
from proxx_daemon.profiles import catalogue

FOLDER = Path(__file__).parents[3] / "profiles" / "canonical"

#: the tables of the canonical profile specification
TABLE = {
    "proxy_dnxhr_lb": ("ffmpeg", "dnxhr", "mxf", "same", "pcm", None),
    "proxy_h264_low": ("ffmpeg", "h264", "mp4", "half", "aac", None),
    "proxy_h264_quarter": ("ffmpeg", "h264", "mp4", "quarter", "aac", None),
    "proxy_prores_lt": ("ffmpeg", "prores_lt", "mov", "same", "copy", None),
    "proxy_prores_proxy": ("ffmpeg", "prores_proxy", "mov", "same", "copy", None),
    "proxy_dnxhr_lb_resolve": ("resolve", "dnxhr", "mxf", "same", "pcm", "DNxHR LB"),
    "proxy_dnxhr_sq_resolve": ("resolve", "dnxhr", "mxf", "same", "pcm", "DNxHR SQ"),
    "proxy_prores_hq_resolve": ("resolve", "prores_hq", "mov", "same", "copy", "ProRes HQ"),
    "proxy_prores_lt_resolve": ("resolve", "prores_lt", "mov", "same", "copy", "ProRes LT"),
    "proxy_prores_proxy_resolve": (
        "resolve",
        "prores_proxy",
        "mov",
        "same",
        "copy",
        "ProRes Proxy",
    ),
}


def test_the_ten_profiles_of_the_specification_are_as_it_says() -> None:
    assert {
        name: (
            str(profile.engine),
            str(profile.codec),
            str(profile.container),
            profile.resolution,
            str(profile.audio.policy),
            profile.resolve_preset,
        )
        for name, profile in specified().items()
    } == TABLE
    assert len(TABLE) == 10


def test_the_catalogue_lists_ffmpeg_s_profiles_first_and_each_engine_s_by_name() -> None:
    every = catalogue.profiles().values()
    assert list(every) == sorted(every, key=lambda each: (each.engine, each.name))


def test_the_mapping_cannot_be_written_to() -> None:
    mapping: Any = catalogue.profiles()
    with pytest.raises(TypeError):
        mapping["mine"] = mapping["proxy_h264_low"]
    with pytest.raises(TypeError):
        del mapping["proxy_h264_low"]


def test_a_profile_and_its_parts_are_frozen() -> None:
    profile: Any = catalogue.profiles()["proxy_h264_low"]
    for record, name in (
        (profile, "codec"),
        (profile.scaling, "divisor"),
        (profile.ffmpeg, "threads"),
    ):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(record, name, getattr(record, name))
    assert isinstance(profile.ffmpeg.arguments, tuple)


def test_profiles_are_loaded_once() -> None:
    assert catalogue.profiles() is catalogue.profiles()


@pytest.mark.parametrize("name", list(TABLE))
def test_a_fingerprint_is_that_of_the_canonical_form_of_the_file(name: str) -> None:
    document = tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))
    form = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    expected = hashlib.sha256(form.encode()).hexdigest()
    assert catalogue.profiles()[name].fingerprint == expected


def test_no_two_profiles_share_a_fingerprint() -> None:
    prints = {profile.fingerprint for profile in catalogue.profiles().values()}
    assert len(prints) == len(catalogue.profiles())


@pytest.mark.parametrize("name", list(TABLE))
def test_a_profile_says_everything_that_decides_its_output(name: str) -> None:
    profile = catalogue.profiles()[name]
    assert profile.intra_frame_only == (not name.startswith("proxy_h264"))
    assert profile.notes
    assert "accurate_rnd" in profile.scaling.flags
    if profile.engine is EngineKind.FFMPEG:
        assert profile.ffmpeg is not None
        assert profile.ffmpeg.threads > 0
        assert profile.ffmpeg.muxer == profile.container
        assert profile.expected.pixel_format == profile.ffmpeg.pixel_format
    else:
        assert profile.ffmpeg is None


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    return shutil.copytree(FOLDER, tmp_path / "canonical")


def test_a_comment_leaves_the_fingerprint_alone_and_a_value_does_not(copies: Path) -> None:
    file = copies / "proxy_h264_low.toml"
    before = catalogue.load(copies)["proxy_h264_low"].fingerprint
    file.write_text("# another comment\n" + file.read_text("utf-8"), "utf-8")
    assert catalogue.load(copies)["proxy_h264_low"].fingerprint == before
    file.write_text(file.read_text("utf-8").replace('"-crf", "23"', '"-crf", "24"'), "utf-8")
    assert catalogue.load(copies)["proxy_h264_low"].fingerprint != before


@pytest.mark.parametrize(
    "content", [b"name = ", b"\xff\xfe", b"", b'name = "proxy_h264_low"', b"a = 1\na = 2"]
)
def test_a_broken_profile_file_stops_the_loading_and_is_named(copies: Path, content: bytes) -> None:
    (copies / "proxy_h264_low.toml").write_bytes(content)
    with pytest.raises(ValueError, match=r"proxy_h264_low\.toml"):
        catalogue.load(copies)


def test_files_of_another_kind_are_no_profiles(copies: Path) -> None:
    (copies / "README.md").write_text("about")
    assert list(catalogue.load(copies)) == list(catalogue.profiles())
