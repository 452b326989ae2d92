import pytest

from proxx_daemon.engines.ffmpeg.encode import judge
from proxx_daemon.failures.codes import Code
from proxx_daemon.system.child import ChildExit, Ending, RunLimits

LIMITS = RunLimits(wall_seconds=90.0, stall_seconds=0.5)
FULL = "[error] av_interleaved_write_frame(): No space left on device"

#: how FFmpeg ended, the last lines of its log, the code and the sentence that follow
TABLE = [
    (Ending.EXITED, 0, (), None, ""),
    (Ending.EXITED, 0, (FULL,), None, ""),
    (Ending.EXITED, 0, ("[error] one bad packet",), None, ""),
    (Ending.EXITED, 1, (), Code.ENGINE_FAILED, "FFmpeg exited with code 1: it gave no reason"),
    (
        Ending.EXITED,
        183,
        ("[info] a", "[error] first", "[error] second", "[info] Conversion failed!"),
        Code.ENGINE_FAILED,
        "FFmpeg exited with code 183: first",
    ),
    (
        Ending.EXITED,
        255,
        ("[warning] a", "[info] last "),
        Code.ENGINE_FAILED,
        "FFmpeg exited with code 255: last",
    ),
    (Ending.EXITED, 1, (FULL,), Code.DISK_FULL, "There is no space left for the output."),
    (
        Ending.EXITED,
        228,
        ("[error] Error closing file: Disk quota exceeded", "[info] x"),
        Code.DISK_FULL,
        "There is no space left for the output.",
    ),
    (Ending.EXITED, -9, (), Code.ENGINE_KILLED, "FFmpeg was ended by SIGKILL."),
    (Ending.EXITED, -11, ("[error] x",), Code.ENGINE_KILLED, "FFmpeg was ended by SIGSEGV."),
    (Ending.EXITED, -40, (), Code.ENGINE_KILLED, "FFmpeg was ended by signal 40."),
    (
        Ending.STALLED,
        -15,
        (),
        Code.ENGINE_STALLED,
        "FFmpeg made no progress for 0.5 seconds.",
    ),
    (Ending.STALLED, 0, (FULL,), Code.ENGINE_STALLED, "FFmpeg made no progress for 0.5 seconds."),
    (Ending.TIMED_OUT, -15, (), Code.ENGINE_TIMEOUT, "FFmpeg ran longer than 90 seconds."),
    (
        Ending.CANCELLED,
        255,
        ("[info] Exiting normally, received signal 15.",),
        Code.INTERRUPTED,
        "Proxx was stopped while this clip was encoded.",
    ),
    (
        Ending.CANCELLED,
        0,
        (),
        Code.INTERRUPTED,
        "Proxx was stopped while this clip was encoded.",
    ),
]


@pytest.mark.parametrize(("ending", "code", "tail", "expected", "message"), TABLE)
def test_every_way_in_which_ffmpeg_ends_has_its_failure(
    ending: Ending, code: int, tail: tuple[str, ...], expected: Code | None, message: str
) -> None:
    failure = judge(ChildExit(ending=ending, code=code), tail, LIMITS)
    if expected is None:
        assert failure is None
    else:
        assert failure is not None
        assert (failure.code, failure.message) == (expected, message)


@pytest.mark.parametrize(
    ("tail", "advice"),
    [
        (("[error] Invalid data found",), "FFmpeg could not decode a part of the source."),
        (("[error] x", "[fatal] Cannot allocate memory"), "FFmpeg got no memory."),
        (("[warning] Invalid data found", "[error] x"), "Read the last lines"),
    ],
)
def test_what_is_quoted_of_ffmpeg_is_also_said_in_plain_words(
    tail: tuple[str, ...], advice: str
) -> None:
    failure = judge(ChildExit(ending=Ending.EXITED, code=1), tail, LIMITS)
    assert failure is not None
    assert failure.action.startswith(advice)
    assert failure.action.endswith(Code.ENGINE_FAILED.action)


@pytest.mark.parametrize("code", [0, 183])
def test_a_picture_that_decodes_in_part_is_one_failure_however_ffmpeg_ends(code: int) -> None:
    failure = judge(ChildExit(ending=Ending.EXITED, code=code), (), LIMITS, "error y=6 x=14")
    assert failure is not None
    assert failure.code is Code.ENGINE_FAILED
    assert failure.message == "FFmpeg could not decode part of a picture: error y=6 x=14."
    assert "Copy the source again" in failure.action


def test_an_end_by_a_limit_that_was_not_set_is_still_judged() -> None:
    unlimited = RunLimits(wall_seconds=None, stall_seconds=None)
    for ending, code in (
        (Ending.STALLED, Code.ENGINE_STALLED),
        (Ending.TIMED_OUT, Code.ENGINE_TIMEOUT),
    ):
        failure = judge(ChildExit(ending=ending, code=-15), (), unlimited)
        assert failure is not None
        assert failure.code is code


def test_an_end_that_is_not_good_is_never_taken_for_one() -> None:
    for ending in Ending:
        for code in (-15, 0, 1):
            good = judge(ChildExit(ending=ending, code=code), (), LIMITS) is None
            assert good == (ending is Ending.EXITED and code == 0)
