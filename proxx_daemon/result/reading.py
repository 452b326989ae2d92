"""Reads a result back, as far as proofs rest on it, and reports everything that is wrong.

What is used must be exactly what Proxx writes. Other fields are not looked at: results are kept
for years, and a later version of Proxx may have added some.
"""

import re
from typing import Any, Final

from attrs import define, field

from proxx_daemon.documents import strict_json
from proxx_daemon.documents.strict_json import MAX_DEPTH
from proxx_daemon.failures.errors import FinalStatus
from proxx_daemon.jobspec.jobspec import EngineKind
from proxx_daemon.result.proof import RecordedClip, RecordedJob
from proxx_daemon.result.result import RESULT_VERSION, ClipStatus
from proxx_daemon.source.fingerprint import (
    OUTPUT_METHOD,
    RAW_SOURCE_METHOD,
    SOURCE_METHOD,
    Fingerprint,
)

#: bytes; a result with a thousand clips has three or four million
MAX_RESULT_BYTES: Final = 64 * 1024 * 1024
#: a spec within a result lies one level deeper
_LIMITS: Final = strict_json.DocumentLimits(
    what="result", max_bytes=MAX_RESULT_BYTES, max_depth=MAX_DEPTH + 1
)
#: stands for an object that is not there: what is missing in it is not told again
_UNREADABLE: Final[dict[str, Any]] = {}
_SHA256: Final = re.compile(r"[0-9a-f]{64}\Z")


@define
class _Reading:
    """Looks values up and collects what is wrong with them."""

    problems: list[str] = field(factory=list)

    def wrong(self, place: str, what: str) -> None:
        self.problems.append(f"{place} {what}")

    def value(self, owner: Any, name: str, place: str) -> Any:
        """Give a field; None, with a problem, where it is not there."""
        if owner is not _UNREADABLE and name not in owner:
            self.wrong(f"{place}{name}", "is missing")
        return owner.get(name)

    def text(self, owner: Any, name: str, place: str, *, optional: bool = False) -> str:
        value = self.value(owner, name, place)
        if isinstance(value, str) and value:
            return value
        if name in owner and not (optional and value is None):
            self.wrong(f"{place}{name}", "must be text" + (" or null" if optional else ""))
        return ""

    def path(self, owner: Any, name: str, place: str) -> str:
        value = self.text(owner, name, place)
        if value and not value.startswith("/"):
            self.wrong(f"{place}{name}", "must be an absolute path")
        return value

    def sha256(self, owner: Any, name: str, place: str, *, optional: bool = False) -> str:
        value = self.text(owner, name, place, optional=optional)
        if value and not _SHA256.match(value):
            self.wrong(f"{place}{name}", "must be a SHA-256 in lower-case hex")
        return value

    def choice(self, owner: Any, name: str, place: str, allowed: Any) -> str:
        value = self.value(owner, name, place)
        if name in owner and value not in tuple(allowed):
            self.wrong(f"{place}{name}", "must be one of " + ", ".join(allowed))
        return value if isinstance(value, str) else ""

    def record(self, owner: Any, name: str, place: str) -> dict[str, Any]:
        value = self.value(owner, name, place)
        if isinstance(value, dict):
            return value
        if name in owner:
            self.wrong(f"{place}{name}", "must be an object")
        return _UNREADABLE

    def fingerprint(self, owner: Any, name: str, place: str, *methods: str) -> Fingerprint:
        value = self.record(owner, name, place)
        inner = f"{place}{name}."
        method = self.choice(value, "method", inner, methods)
        return Fingerprint(method=method, value=self.sha256(value, "value", inner))


def read(content: bytes) -> RecordedJob | tuple[str, ...]:
    """Read a result; gives every problem instead when it is not one that proofs can rest on."""
    try:
        document = strict_json.read_document(content, _LIMITS)
    except strict_json.Refused as refused:
        return (refused.problem.message,)
    if not isinstance(document, dict):
        return ("The result must be an object.",)
    reading = _Reading()
    job = _job(reading, document)
    return tuple(reading.problems) or job


def _job(reading: _Reading, document: dict[str, Any]) -> RecordedJob:
    reading.choice(document, "result_version", "", [RESULT_VERSION])
    status = reading.choice(document, "final_status", "", FinalStatus)
    clips = _clips(reading, document)
    if status in tuple(FinalStatus) and bool(clips) != (status != FinalStatus.FAILED):
        reading.wrong("clips", f"has {len(clips)} completed ones, and final_status is {status}")
    metadata = reading.record(document, "_metadata", "")
    jobspec = _jobspec(reading, document, metadata, clips)
    inside = "_metadata."
    engine = reading.value(metadata, "engine_used", inside)
    if engine not in (None, *EngineKind):
        reading.wrong("_metadata.engine_used", "must be ffmpeg, resolve or null")
    return RecordedJob(
        jobspec=jobspec,
        clips=tuple(clips),
        engine_used=engine,
        engine_sha256=reading.sha256(metadata, "engine_sha256", inside, optional=True) or None,
        engine_version=reading.text(metadata, "engine_version", inside, optional=True) or None,
        engine_path=reading.text(metadata, "engine_path", inside, optional=True) or None,
        profile=reading.text(metadata, "proxy_profile_used", inside, optional=True) or None,
        profile_fingerprint=reading.sha256(
            metadata, "proxy_profile_fingerprint", inside, optional=True
        )
        or None,
        proxx_version=reading.text(metadata, "proxx_version", inside),
    )


def _clips(reading: _Reading, document: dict[str, Any]) -> list[RecordedClip]:
    entries = reading.value(document, "clips", "")
    if not isinstance(entries, list):
        if "clips" in document:
            reading.wrong("clips", "must be an array")
        return []
    completed = []
    for number, entry in enumerate(entries):
        place = f"clips[{number}]"
        if not isinstance(entry, dict):
            reading.wrong(place, "must be an object")
        elif reading.choice(entry, "status", f"{place}.", ClipStatus) == ClipStatus.COMPLETED:
            completed.append(_clip(reading, entry, number))
    paths = [clip.output_path for clip in completed]
    if len(set(paths)) != len(paths):
        reading.wrong("clips", "have one resolved_output_path twice")
    return completed


def _clip(reading: _Reading, entry: dict[str, Any], number: int) -> RecordedClip:
    place = f"clips[{number}]."
    if (type(entry.get("index")), entry.get("index")) != (int, number):
        reading.wrong(f"{place}index", f"must be {number}")
    size = reading.value(entry, "output_size_bytes", place)
    if type(size) is not int or size < 1:
        reading.wrong(f"{place}output_size_bytes", "must be a whole number above 0")
        size = 0
    command = reading.value(entry, "command", place)
    if not isinstance(command, list) or not all(isinstance(each, str) for each in command):
        reading.wrong(f"{place}command", "must be an array of texts")
        command = []
    return RecordedClip(
        index=number,
        source_path=reading.path(entry, "source_path", place),
        output_path=reading.path(entry, "resolved_output_path", place),
        size=size,
        sha256=reading.fingerprint(entry, "output_fingerprint", place, OUTPUT_METHOD).value,
        source=reading.fingerprint(
            entry, "source_fingerprint", place, SOURCE_METHOD, RAW_SOURCE_METHOD
        ),
        command=tuple(command),
    )


def _jobspec(
    reading: _Reading,
    document: dict[str, Any],
    metadata: dict[str, Any],
    clips: list[RecordedClip],
) -> dict[str, Any]:
    """Give the spec of a job that published something; it must agree with what is said of it."""
    if not clips:
        return {}
    spec = reading.record(document, "jobspec", "")
    if spec and spec.get("proxy_profile") != metadata.get("proxy_profile_used"):
        reading.wrong("jobspec.proxy_profile", "is not _metadata.proxy_profile_used")
    sources = spec.get("sources")
    for clip in clips if spec else ():
        named = sources[clip.index : clip.index + 1] if isinstance(sources, list) else []
        if named != [clip.source_path]:
            reading.wrong(f"jobspec.sources[{clip.index}]", "is not the clip's source_path")
    return spec
