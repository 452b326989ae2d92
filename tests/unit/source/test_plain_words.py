"""No word of a demuxer reaches people as the reason."""

import pytest

from proxx_daemon.failures.codes import Code
from proxx_daemon.source import plain_words

#: what FFmpeg prints, and no reason may contain
_THEIR_WORDS = (
    "Invalid data found when processing input",
    "Invalid argument",
    "VP9 bitstream: Not yet implemented in FFmpeg, patches welcome",
    "Non-monotonic DTS; previous: 3, current: 2",
    "Operation not permitted",
)


@pytest.mark.parametrize("words", _THEIR_WORDS)
def test_a_reason_is_in_words_for_people(words: str) -> None:
    reason = plain_words.reason([f"[mov @ 0x1] [error] {words}"])
    assert reason is None or words not in reason


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("Invalid data found when processing input", "decode"),
        ("Not yet implemented in FFmpeg, patches welcome", "does not have"),
        ("Application provided invalid, non monotonically increasing dts", "go backwards"),
        ("Non-monotonic DTS", "go backwards"),
        ("Cannot allocate memory", "memory"),
        ("/x.mov: Input/output error", "disk"),
    ],
)
def test_a_known_line_has_its_reason(line: str, part: str) -> None:
    reason = plain_words.reason([line])
    assert reason is not None
    assert part in reason


def test_an_unknown_line_has_none() -> None:
    assert plain_words.reason(["something else"]) is None
    assert plain_words.reason([]) is None


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("file:/x.mov: No such file or directory", Code.SOURCE_MISSING),
        ("file:/x.mov: Permission denied", Code.SOURCE_UNREADABLE),
        ("file:/x.mov: Input/output error", Code.SOURCE_UNREADABLE),
    ],
)
def test_what_the_system_says_of_a_file_is_not_blamed_on_its_content(line: str, code: Code) -> None:
    found = plain_words.access_problem([line])
    assert found is not None
    assert found[0] is code
    assert plain_words.access_problem(["Invalid data found"]) is None
