"""Output names: a template and the facts of a clip in, one file name or a problem out.

The result is always one file name inside the output directory, never a path.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from attrs import frozen

from proxx_daemon.documents.strict_json import holds_control, printable
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Problem
from proxx_daemon.jobspec import frame_rate
from proxx_daemon.jobspec.jobspec import TOKENS, JobSpec
from proxx_daemon.plan.frames import proxy_size
from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.source.media import Source
from proxx_daemon.source.raw import RawSource

#: bytes that one name may have on ext4, XFS and APFS
MAX_NAME_BYTES: Final = 255
#: tokens that only a look into the source gives a value; `fps` too, where the spec does not say it
_MEASURED: Final = frozenset({"width", "height", "reel", "timecode", "fps"})
_TOKEN: Final = re.compile(r"\{([^{}]*)\}")


@frozen(kw_only=True)
class Name:
    """The output name of one clip."""

    #: the file name, extension included
    file_name: str
    #: every token that has a value for this clip
    tokens: Mapping[str, str]


def check_template(template: str) -> tuple[Problem, ...]:
    """Return a problem for each unknown token and for stray braces, before any source is read."""
    problems = [
        Problem(
            code=Code.TOKEN_UNKNOWN,
            path="naming_template",
            message=f"naming_template has the unknown token '{{{printable(token, 40)}}}'.",
            found=printable(template),
            allowed=", ".join(f"{{{name}}}" for name in TOKENS),
        )
        for token in dict.fromkeys(_TOKEN.findall(template))
        if token not in TOKENS
    ]
    if re.search(r"[{}]", _TOKEN.sub("", template)):
        problems.append(
            Problem(
                code=Code.TOKEN_UNKNOWN,
                path="naming_template",
                message="naming_template has a brace that is not part of a token.",
                found=printable(template),
            )
        )
    return tuple(problems)


def token_values(
    spec: JobSpec, profile: CanonicalProfile, source: Source | RawSource, index: int
) -> Mapping[str, str]:
    """Return every token that has a value for one clip.

    Names are fixed before anything runs, and only Resolve can say how large and fast a clip of
    camera RAW is: width, height, reel and timecode have no value there, and fps only where the
    spec says it.
    """
    is_folder = isinstance(source, RawSource) and source.is_folder
    values = known_values(source.path, profile, is_folder=is_folder, index=index)
    values["job_id"] = spec.job_id
    rate = spec.fps_explicit
    if isinstance(source, Source):
        width, height = proxy_size(source.footage, profile.scaling)
        rate = rate or source.rate
        values |= {
            "width": str(width),
            "height": str(height),
            "reel": source.media.reel or "",
            "timecode": re.sub("[:;]", "-", source.media.timecode or ""),
        }
    values["fps"] = "" if rate is None else frame_rate.text(rate)
    # In the order of the table, which results show.
    return {token: values[token] for token in TOKENS if values.get(token)}


def known_values(
    path: str, profile: CanonicalProfile, *, is_folder: bool, index: int
) -> dict[str, str]:
    """Return the tokens of a clip that need no look into its source; some may be empty.

    `is_folder`: the source is the folder of an image sequence, whose name has no extension.
    """
    name = path.rpartition("/")[2]
    stem, dot, extension = name.rpartition(".")
    has_stem = bool(dot and stem) and not is_folder
    return {
        "source_name": stem if has_stem else name,
        "source_ext": extension if has_stem else "",
        "index": f"{index:03d}",
        "profile": profile.name,
        "codec": str(profile.codec),
        "container": str(profile.container),
        "resolution": profile.resolution,
    }


def is_measured(template: str) -> bool:
    """Return whether a name depends on what only a look into the source can tell."""
    return not _MEASURED.isdisjoint(_TOKEN.findall(template))


def resolve(template: str, tokens: Mapping[str, str], container: str, index: int) -> Name | Problem:
    """Return the name that the template makes for the clip at `index`, or what is wrong with it."""
    unresolved = [token for token in _TOKEN.findall(template) if token not in tokens]
    if unresolved:
        needed = ", ".join(f"'{{{printable(token, 40)}}}'" for token in dict.fromkeys(unresolved))
        return Problem(
            code=Code.TOKEN_UNRESOLVED,
            path="naming_template",
            message=f"naming_template needs {needed}, but sources[{index}] has no value for it.",
            found=printable(template),
            allowed=", ".join(f"{{{name}}}" for name in tokens),
        )
    name = _TOKEN.sub(lambda match: tokens[match.group(1)], template)
    extension = f".{container}"
    if not name.lower().endswith(extension):
        name += extension
    reason = _unusable(name, extension)
    if reason is None:
        return Name(file_name=name, tokens=tokens)
    return Problem(
        code=Code.NAME_INVALID,
        path="naming_template",
        message=f"The output name of sources[{index}] {reason}.",
        found=printable(name),
        allowed=f"one file name of at most {MAX_NAME_BYTES} bytes",
    )


def _unusable(name: str, extension: str) -> str | None:
    """Return what is wrong with a name; None if nothing is."""
    stem = name[: -len(extension)]
    size = len(name.encode("utf-8", "surrogatepass"))
    faults = (
        (not stem.strip(" ."), "is empty"),
        ("/" in name or "\\" in name, "contains a path separator"),
        ("%" in name, "contains '%', which FFmpeg reads as a pattern"),
        (holds_control(name), "contains a control character"),
        (name.startswith("."), "starts with a dot and would be hidden"),
        (name.startswith("-"), "starts with '-' and would be read as an option"),
        (name != name.strip(), "starts or ends with a space"),
        (size > MAX_NAME_BYTES, f"has {size} bytes"),
    )
    return next((reason for wrong, reason in faults if wrong), None)


def partial_folder(output_directory: str, attempt_id: str) -> str:
    """Return the path of the folder in which an attempt's engines write.

    It is beside the proxies, on their file system. It is hidden, and as long for every attempt: a
    final name may use all 255 bytes.
    """
    return f"{output_directory.rstrip('/')}/.proxx-{attempt_id}.partial"


def same_file(name: str) -> str:
    """Return a text that two names or paths share if a file system can take them for one file.

    On APFS and SMB shares A.mov and a.mov are one file, and on APFS so are the two ways to write
    an accented letter.
    """
    return unicodedata.normalize("NFC", name.casefold())


def collisions(names: Sequence[str]) -> tuple[Problem, ...]:
    """Return a problem for each clip of a job whose output name an earlier clip has."""
    problems = []
    first: dict[str, int] = {}
    for index, name in enumerate(names):
        earlier = first.setdefault(same_file(name), index)
        if earlier != index:
            problems.append(
                Problem(
                    code=Code.OUTPUT_COLLISION,
                    path=f"sources[{index}]",
                    message=f"sources[{earlier}] and sources[{index}] both resolve to "
                    f"'{printable(name)}'.",
                    found=printable(name),
                    allowed="a different name for every clip",
                )
            )
    return tuple(problems)
