"""What FFmpeg and ffprobe say, in words for people; theirs are for those who write demuxers."""

import re
from collections.abc import Iterable
from typing import Final

from proxx_daemon.failures.codes import Code

#: What the operating system said to them: nothing is wrong with the content of the file.
_ACCESS: Final = (
    (r"No such file or directory", Code.SOURCE_MISSING, "does not exist any more"),
    (r"Permission denied", Code.SOURCE_UNREADABLE, "is not readable by this user"),
    (
        r"Input/output error|Stale file handle|Transport endpoint|Host is down|timed out",
        Code.SOURCE_UNREADABLE,
        "cannot be read: its disk or its network share reports an error",
    ),
)
#: what they say while they encode, and what it means
_REASONS: Final = (
    (r"Cannot allocate memory|Out of memory|Resource temporarily", "FFmpeg got no memory."),
    (r"Permission denied", "FFmpeg may not open one of its files."),
    (r"Input/output error|Stale file handle|Read-only file", "A disk reported an error."),
    (r"No such file or directory", "One of the files or folders has gone."),
    (r"[Nn]on-? ?monoton", "The time stamps of the source go backwards."),
    (
        r"patches welcome|[Nn]ot (?:yet )?implemented|[Uu]nsupported|[Nn]ot supported",
        "The source needs something that this FFmpeg does not have.",
    ),
    (
        r"Invalid data|[Ii]nvalid NAL|corrupt|[Ee]rror (?:while )?decoding|[Ee]rror splitting",
        "FFmpeg could not decode a part of the source. It may be damaged.",
    ),
)


def access_problem(lines: Iterable[str]) -> tuple[Code, str] | None:
    """Return what kept ffprobe from reading a file, as code and what follows the file's name."""
    said = "\n".join(lines)
    for pattern, code, reason in _ACCESS:
        if re.search(pattern, said):
            return code, reason
    return None


def reason(lines: Iterable[str]) -> str | None:
    """Return why FFmpeg ended, in a sentence; None if no line is known."""
    said = "\n".join(lines)
    return next((words for pattern, words in _REASONS if re.search(pattern, said)), None)
