"""A result is read as far as proofs rest on it, and everything wrong is reported at once."""

import copy
import json
from typing import Any

import pytest

from proxx_daemon.result import reading
from proxx_daemon.result.proof import RecordedJob

_SHA256 = "0123456789abcdef" * 4


def _clip(index: int = 0) -> dict[str, Any]:
    return {
        "index": index,
        "status": "COMPLETED",
        "source_path": f"/media/{index}.mov",
        "resolved_output_path": f"/proxies/{index}.mp4",
        "command": ["/opt/ffmpeg", "-i"],
        "output_size_bytes": 4711,
        "source_fingerprint": {"method": "proxx-source-1", "value": _SHA256},
        "output_fingerprint": {"method": "sha256", "value": _SHA256},
    }


def result() -> dict[str, Any]:
    """Give as much of a result as is looked at."""
    return {
        "result_version": "1.0",
        "final_status": "COMPLETED",
        "clips": [_clip(0), _clip(1)],
        "jobspec": {"sources": ["/media/0.mov", "/media/1.mov"], "proxy_profile": "p"},
        "_metadata": {
            "engine_used": "ffmpeg",
            "engine_sha256": _SHA256,
            "engine_version": "8.1",
            "engine_path": "/opt/ffmpeg",
            "proxy_profile_used": "p",
            "proxy_profile_fingerprint": _SHA256,
            "proxx_version": "0.1.0",
        },
    }


def changed(*path: str | int, to: object = ...) -> dict[str, Any]:
    """Change one value; `...` takes it away."""
    document = copy.deepcopy(result())
    inner: Any = document
    for key in path[:-1]:
        inner = inner[key]
    if to is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = to
    return document


def read(document: object) -> RecordedJob | tuple[str, ...]:
    return reading.read(json.dumps(document).encode())


def test_a_result_is_read() -> None:
    job = read(result())
    assert isinstance(job, RecordedJob)
    assert [clip.index for clip in job.clips] == [0, 1]
    assert job.clips[1].output_path == "/proxies/1.mp4"
    assert (job.engine_used, job.profile, job.proxx_version) == ("ffmpeg", "p", "0.1.0")


def test_fields_that_a_later_version_may_have_are_no_problem() -> None:
    assert isinstance(read({**result(), "relink": {}}), RecordedJob)
    assert isinstance(read(changed("_metadata", "operator", to="x")), RecordedJob)


@pytest.mark.parametrize("name", ["engine_sha256", "engine_used", "proxy_profile_fingerprint"])
def test_what_a_crash_left_unknown_may_be_null(name: str) -> None:
    job = read(changed("_metadata", name, to=None))
    assert isinstance(job, RecordedJob)


def test_clips_that_did_not_complete_are_left_out() -> None:
    document = changed("clips", 1, to={"index": 1, "status": "FAILED"})
    document["final_status"] = "PARTIAL"
    job = read(document)
    assert isinstance(job, RecordedJob)
    assert [clip.index for clip in job.clips] == [0]


_WRONG: list[tuple[dict[str, Any], str]] = [
    (changed("result_version", to="2.0"), 'result_version must be the string "1.0"; it is "2.0".'),
    (changed("result_version"), "it is missing."),
    (changed("final_status", to="DONE"), "final_status 'DONE' is not allowed."),
    (changed("final_status", to="FAILED"), "clips has 2 completed ones"),
    (changed("clips", to={}), "clips must be an array"),
    (changed("clips", 0, to=7), "clips[0] must be an object"),
    (changed("clips", 0, "index", to=True), "clips[0].index must be 0"),
    (changed("clips", 1, "index", to=0), "clips[1].index must be 1"),
    (changed("clips", 0, "status", to=None), "clips[0].status must be a string, not null."),
    (changed("clips", 0, "source_path", to="a.mov"), "source_path must be an absolute path"),
    (
        changed("clips", 0, "source_path", to=5),
        "source_path must be a string, not number.",
    ),
    (changed("clips", 0, "resolved_output_path", to=None), "resolved_output_path must not be null"),
    (changed("clips", 1, "resolved_output_path", to="/proxies/0.mp4"), "twice"),
    (changed("clips", 0, "output_size_bytes", to=4711.0), "must be a whole number."),
    (changed("clips", 0, "output_size_bytes", to=True), "must be a number, not boolean."),
    (changed("clips", 0, "output_size_bytes", to=0), "must be at least 1."),
    (changed("clips", 0, "command", to="ffmpeg"), "command must be an array, not string."),
    (changed("clips", 0, "command", to=[1]), "command[0] must be a string, not number."),
    (changed("clips", 0, "output_fingerprint", to=None), "fingerprint must not be null"),
    (changed("clips", 0, "output_fingerprint", to={}), "output_fingerprint.value' is missing."),
    (changed("clips", 0, "output_fingerprint", "method", to="md5"), "must be one of sha256"),
    (changed("clips", 0, "output_fingerprint", "value", to="AB" * 32), "lower-case hex"),
    (changed("clips", 0, "output_fingerprint", "value", to=_SHA256 + "\n"), "lower-case hex"),
    (changed("clips", 0, "source_fingerprint", "method", to="x"), "must be one of proxx-source-1"),
    (changed("jobspec", to=None), "jobspec must be an object"),
    (changed("jobspec", "proxy_profile", to="q"), "is not _metadata.proxy_profile_used"),
    (changed("jobspec", "sources", to=["/media/0.mov"]), "jobspec.sources[1] is not the clip's"),
    (changed("jobspec", "sources", to="/media"), "jobspec.sources[0] is not the clip's"),
    (changed("_metadata", to=[]), "_metadata must be an object"),
    (changed("_metadata", "engine_used", to="x"), "engine_used 'x' is not allowed."),
    (changed("_metadata", "engine_sha256", to="x"), "must be a SHA-256"),
    (changed("_metadata", "engine_version"), "'_metadata.engine_version' is missing."),
    (
        changed("_metadata", "proxx_version", to=None),
        "proxx_version must be a string, not null.",
    ),
]


@pytest.mark.parametrize(("document", "problem"), _WRONG)
def test_each_wrong_value_is_named_with_its_place(document: dict[str, Any], problem: str) -> None:
    problems = read(document)
    assert isinstance(problems, tuple)
    assert any(problem in each for each in problems), problems


def test_every_problem_is_reported() -> None:
    document = changed("clips", 0, "output_size_bytes", to=-1)
    document["clips"][1]["command"] = None
    document["result_version"] = 1
    problems = read(document)
    assert isinstance(problems, tuple)
    assert len(problems) == 3


def test_what_is_missing_in_something_missing_is_not_told_again() -> None:
    document = result()
    del document["_metadata"]
    document["clips"] = []
    document["final_status"] = "FAILED"
    assert read(document) == ("_metadata is missing.",)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "The result is empty."),
        (b"{", "The result is not valid JSON"),
        (b"[]", "The result must be an object."),
        (b'{"a": 1, "a": 2}', "The key 'a' appears twice."),
        (b'{"a": NaN}', "NaN is not a JSON number."),
        (b"[" * 40 + b"]" * 40, "The result is nested deeper than 33 levels."),
        (b"\xff\xfe{}", "byte order mark"),
    ],
)
def test_what_is_no_json_object_is_refused(content: bytes, problem: str) -> None:
    problems = reading.read(content)
    assert isinstance(problems, tuple)
    assert len(problems) == 1
    assert problem in problems[0]


def test_a_result_may_be_larger_than_a_spec() -> None:
    document = {**result(), "padding": "x" * 2_000_000}
    assert isinstance(read(document), RecordedJob)
