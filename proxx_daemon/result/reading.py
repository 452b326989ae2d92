"""Reads what proofs need of a result, and reports everything that is wrong.

What is used must be exactly what Proxx writes. Other fields are not looked at: results are kept
for years, and a later version of Proxx may have added some.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from proxx_daemon.documents import strict_json
from proxx_daemon.documents.record_reading import RecordReader
from proxx_daemon.documents.strict_json import MAX_DEPTH
from proxx_daemon.failures.errors import FinalStatus
from proxx_daemon.result.proof import RecordedClip, RecordedJob
from proxx_daemon.result.result import ClipResult, ClipStatus, Metadata, Result

#: bytes; a result with a thousand clips has three or four million
MAX_RESULT_BYTES: Final = 64 * 1024 * 1024
#: a spec inside a result is one level deeper
LIMITS: Final = strict_json.DocumentLimits(
    what="result", max_bytes=MAX_RESULT_BYTES, max_depth=MAX_DEPTH + 1
)
#: the fields of a completed clip that proofs rest on
_CLIP: Final = (
    "source_path",
    "resolved_output_path",
    "output_size_bytes",
    "command",
    "output_fingerprint",
    "source_fingerprint",
)
#: the fields of `_metadata` that proofs rest on
_METADATA: Final = (
    "engine_used",
    "engine_sha256",
    "engine_version",
    "engine_path",
    "proxy_profile_used",
    "proxy_profile_fingerprint",
    "proxx_version",
)

#: the values of a completed clip by field, with its number
_Clip = tuple[int, dict[str, Any]]


def read(content: bytes) -> RecordedJob | tuple[str, ...]:
    """Read a result; return every problem instead if proofs cannot rest on it."""
    try:
        document = strict_json.read_document(content, LIMITS)
    except strict_json.Refused as refused:
        return (refused.problem.message,)
    if not isinstance(document, dict):
        return ("The result must be an object.",)
    reader = RecordReader("a result", written=True)
    top = reader.record(Result, document, only=("result_version", "final_status"))
    clips = list(_clips(reader, document))
    _check_clips(reader, top.get("final_status"), clips)
    metadata = _object(reader, document, "_metadata")
    about = reader.record(Metadata, metadata, "_metadata.", only=_METADATA) if metadata else {}
    jobspec = (_object(reader, document, "jobspec") if clips else None) or {}
    _check_jobspec(reader, jobspec, about, clips)
    if reader.problems:
        return tuple(problem.message for problem in reader.problems)
    return RecordedJob(
        jobspec=jobspec,
        clips=tuple(_recorded(number, values) for number, values in clips),
        profile=about.pop("proxy_profile_used"),
        profile_fingerprint=about.pop("proxy_profile_fingerprint"),
        **about,
    )


def _object(reader: RecordReader, document: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """Return an object inside the result; None, with a problem, where there is none."""
    value = document.get(name)
    if isinstance(value, dict):
        return value
    reader.wrong(name, "must be an object." if name in document else "is missing.")
    return None


def _clips(reader: RecordReader, document: Mapping[str, Any]) -> Iterator[_Clip]:
    entries = document.get("clips")
    if not isinstance(entries, list):
        reader.wrong("clips", "must be an array." if "clips" in document else "is missing.")
        return
    for number, entry in enumerate(entries):
        place = f"clips[{number}]"
        if not isinstance(entry, dict):
            reader.wrong(place, "must be an object.")
            continue
        status = reader.record(ClipResult, entry, f"{place}.", only=("status",)).get("status")
        if status is ClipStatus.COMPLETED:
            yield number, _clip(reader, entry, number, f"{place}.")


def _clip(reader: RecordReader, entry: dict[str, Any], number: int, place: str) -> dict[str, Any]:
    """Read one completed clip: what may be null in another is there."""
    if (type(entry.get("index")), entry.get("index")) != (int, number):
        reader.wrong(f"{place}index", f"must be {number}.")
    values = reader.record(ClipResult, entry, place, only=_CLIP)
    for name, value in values.items():
        if value is None:
            reader.wrong(place + name, "must not be null in a completed clip.")
        elif name.endswith("_path") and not value.startswith("/"):
            reader.wrong(place + name, "must be an absolute path.")
        elif name.endswith("_path") and strict_json.holds_control(value):
            # No system accepts some of them, and Proxx accepts none.
            reader.wrong(place + name, "holds a control character.")
    return values


def _check_clips(reader: RecordReader, status: FinalStatus | None, clips: list[_Clip]) -> None:
    if status is not None and bool(clips) != (status is not FinalStatus.FAILED):
        message = f"has {len(clips)} completed ones, and final_status is {status}."
        reader.wrong("clips", message)
    paths = [values.get("resolved_output_path", number) for number, values in clips]
    if len(set(paths)) != len(paths):
        reader.wrong("clips", "have one resolved_output_path twice.")


def _check_jobspec(
    reader: RecordReader, jobspec: Mapping[str, Any], about: Mapping[str, Any], clips: list[_Clip]
) -> None:
    """Check that the spec of a job that published something agrees with what is said of it."""
    if not jobspec:
        return
    if jobspec.get("proxy_profile") != about.get("proxy_profile_used"):
        reader.wrong("jobspec.proxy_profile", "is not _metadata.proxy_profile_used.")
    sources = jobspec.get("sources")
    for number, values in clips:
        named = sources[number : number + 1] if isinstance(sources, list) else []
        if named != [values.get("source_path")]:
            reader.wrong(f"jobspec.sources[{number}]", "is not the clip's source_path.")


def _recorded(number: int, values: Mapping[str, Any]) -> RecordedClip:
    return RecordedClip(
        index=number,
        source_path=values["source_path"],
        output_path=values["resolved_output_path"],
        size=values["output_size_bytes"],
        sha256=values["output_fingerprint"].value,
        source=values["source_fingerprint"],
        command=values["command"],
    )
