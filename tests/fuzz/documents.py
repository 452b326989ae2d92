"""Readers of documents that people and programs write: specs, results, profiles, settings."""

import json
import tomllib
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fuzz import place
from unit import records

from proxx_daemon import api
from proxx_daemon.cli import settings
from proxx_daemon.documents import strict_json
from proxx_daemon.documents.failure import failure_document
from proxx_daemon.documents.json_text import readable
from proxx_daemon.failures.errors import Failure
from proxx_daemon.operators import creation, resubmission
from proxx_daemon.profiles import catalogue, eligibility, user_folder
from proxx_daemon.result import reading as result_reading
from proxx_daemon.result.writing import to_bytes

_ROOT = Path(__file__).parents[2]
_SHA256 = "0123456789abcdef" * 4
#: deeper than every document that Proxx writes
_WRITTEN = strict_json.DocumentLimits(max_bytes=2**30, max_depth=40)


def spec(data: bytes) -> None:
    """Read a spec as every command does; a good one is written and read again."""
    try:
        read = api.from_json(data)
    except api.JobSpecValidationError as refused:
        # What is said of it goes into a result.
        can_be_written(refused.failure)
        raise
    if read.job_id and b"job_id" in data:
        assert api.from_json(api.to_json(read)) == read


def specs() -> Iterator[bytes]:
    """Yield a spec with the required fields, and one with all of them."""
    yield json.dumps(records.document()).encode()
    origin = {"type": "user_profile", "name": "Remote cut", "version": "1.0"}
    every = records.document(
        job_id="reel.r2",
        sources=["/media/A001.mov", "/media/Aufnahme 2\u202f3.mov"],
        fps_mode="explicit",
        fps_explicit=23.976,
        resolved_tokens={},
        created_at="2026-01-31T10:00:00.5+01:00",
        proxy_profile_origin=origin | {"selected_at": "2026-01-31T10:00:00Z"},
    )
    yield json.dumps(every, indent=2).encode()


def result(data: bytes) -> None:
    """Read a result as `verify`, `reproduce` and `resubmit` do."""
    result_reading.read(data)
    try:
        document = strict_json.read_document(data, result_reading.LIMITS)
    except strict_json.Refused:
        return
    with suppress(resubmission.NotResubmittableError):
        old = resubmission.read(document)
        for failed_only in (False, True):
            new_id = resubmission.next_id(old.job_id, ())
            again = resubmission.document(old, new_id, datetime.now(UTC), failed_only=failed_only)
            refusal = creation.check(creation.encode(again), catalogue.profiles(), f"{new_id}.json")
            if refusal is not None:
                can_be_written(refusal)


def results() -> Iterator[bytes]:
    """Yield the result of a job with two clips, one of them completed."""
    clip = {
        "index": 0,
        "status": "COMPLETED",
        "source_path": "/media/0.mov",
        "resolved_output_path": "/proxies/0.mp4",
        "partial_path": None,
        "command": ["/opt/ffmpeg", "-i"],
        "output_size_bytes": 4711,
        "source_fingerprint": {"method": "proxx-source-1", "value": _SHA256},
        "output_fingerprint": {"method": "sha256", "value": _SHA256},
    }
    failed = {**clip, "index": 1, "status": "FAILED", "source_path": "/media/1.mov"}
    sources = ["/media/0.mov", "/media/1.mov"]
    yield to_bytes(
        {
            "result_version": "1.0",
            "job_id": "reel",
            "final_status": "PARTIAL",
            "clips": [clip, failed | {"partial_path": "/proxies/.proxx-1/1.mp4"}],
            "jobspec": records.document(sources=sources, job_id="reel"),
            "_metadata": {
                "engine_used": "ffmpeg",
                "engine_sha256": _SHA256,
                "engine_version": "8.1",
                "engine_path": "/opt/ffmpeg",
                "proxy_profile_used": "proxy_h264_low",
                "proxy_profile_fingerprint": _SHA256,
                "proxx_version": "0.1.0",
                "attempt_id": "a" * 32,
                "spec_name": "job.json",
            },
        }
    )


def profile_in_toml(data: bytes) -> None:
    """Read a user profile in TOML."""
    _profile("profile.toml", data)


def profile_in_json(data: bytes) -> None:
    """Read a user profile in JSON."""
    _profile("profile.json", data)


def _profile(name: str, data: bytes) -> None:
    folder = place.folder() / f"profiles-{name[-4:]}"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(data)
    (found,) = eligibility.eligibilities(user_folder.load(str(folder)), catalogue.profiles())
    assert (found.refusal is None) == (found.compilation is not None and found.state == "ACTIVE")
    if found.refusal is not None:
        can_be_written(found.refusal)


def profiles_in_toml() -> Iterator[bytes]:
    """Yield the user profiles that ship with Proxx."""
    return (path.read_bytes() for path in sorted(_ROOT.glob("profiles/user/*.toml")))


def profiles_in_json() -> Iterator[bytes]:
    """Yield the same in JSON."""
    yield from (path.read_bytes() for path in sorted(_ROOT.glob("profiles/user/*.json")))
    yield from (json.dumps(_toml(each)).encode() for each in profiles_in_toml())


def _toml(content: bytes) -> Mapping[str, Any]:
    return tomllib.loads(content.decode())


def configuration(data: bytes) -> None:
    """Read a configuration file."""
    found = settings.gather(Namespace(config=str(place.file(data, "proxx.toml"))))
    for row in found.rows():
        assert all(isinstance(each, str) for each in row)


def configurations() -> Iterator[bytes]:
    """Yield the example for a worker node, as it is and with every setting in force."""
    example = (_ROOT / "docs/how-to/deployment/worker.toml").read_bytes()
    yield example
    lines = (
        line.removeprefix(b"# ") for line in example.splitlines() if b"=" in line or b"[" in line
    )
    yield b"\n".join(lines)


def can_be_written(failure: Failure) -> None:
    """Check that a failure becomes strict JSON in UTF-8, which its readers accept."""
    strict_json.read_document(readable(failure_document(failure)).encode(), _WRITTEN)
