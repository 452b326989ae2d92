from collections.abc import Callable
from fractions import Fraction
from math import floor

import pytest

from proxx_daemon.jobspec import frame_rate
from proxx_daemon.source import constant_rate

PHONE = Fraction(1, 600)
MILLISECONDS = Fraction(1, 1000)
#: what FFmpeg makes of 29.97 in the ticks of a phone
GUESS = Fraction(359, 12)
NTSC = Fraction(30000, 1001)


def stamps(
    rate: Fraction, tick: Fraction, frames: int = 600, rounded: Callable[[Fraction], int] = round
) -> list[int]:
    return [rounded(number / rate / tick) for number in range(frames)]


@pytest.mark.parametrize("rounded", [round, floor])
@pytest.mark.parametrize("tick", [PHONE, MILLISECONDS, Fraction(1, 90000)])
@pytest.mark.parametrize("rate", frame_rate.STANDARD, ids=frame_rate.text)
def test_a_standard_rate_is_found_in_rounded_stamps(
    rate: Fraction, tick: Fraction, rounded: Callable[[Fraction], int]
) -> None:
    assert constant_rate.of_stamps(stamps(rate, tick, 600, rounded), tick, GUESS) == rate
    assert constant_rate.of_stamps(stamps(rate, tick, 600, rounded), tick, None) == rate


def test_a_declared_rate_decides_where_stamps_are_too_few() -> None:
    for declared in (NTSC, Fraction(30)):
        assert constant_rate.of_stamps([0, 33, 66], MILLISECONDS, declared) == declared


def test_a_rate_that_nobody_names_is_the_declared_one() -> None:
    for rate in (Fraction(12), Fraction(25, 2), Fraction(240), Fraction(45000, 1499)):
        times = stamps(rate, Fraction(1, 90000))
        assert constant_rate.of_stamps(times, Fraction(1, 90000), rate) == rate


@pytest.mark.parametrize("tick", [Fraction(1, 25), Fraction(1, 50), MILLISECONDS])
def test_a_missing_frame_is_no_rounding_however_long_a_tick_is(tick: Fraction) -> None:
    times = stamps(Fraction(25), tick, 100)
    assert constant_rate.of_stamps(times, tick, Fraction(25)) == 25
    assert constant_rate.of_stamps(times[:60] + times[61:], tick, Fraction(25)) is None


def test_long_ticks_do_not_turn_one_rate_into_another() -> None:
    assert constant_rate.of_stamps([0, 1, 2], Fraction(1, 20), Fraction(20)) == 20
    assert constant_rate.of_stamps(range(10), Fraction(10, 249), Fraction(249, 10)) == Fraction(
        249, 10
    )
    assert constant_rate.of_stamps(range(100), Fraction(100, 2997), Fraction(2997, 100)) == NTSC


@pytest.mark.parametrize(
    ("declared", "frames", "tick", "expected"),
    [
        (Fraction(2997, 100), 240, Fraction(1, 2997), NTSC),
        (Fraction(23976, 1000), 900, Fraction(1, 23976), Fraction(24000, 1001)),
        (GUESS, 18, PHONE, NTSC),
        # After five minutes the difference is a tick.
        (Fraction(2997, 100), 20000, Fraction(1, 2997), Fraction(2997, 100)),
        (Fraction(25), 1, Fraction(1, 25), Fraction(25)),
        (Fraction(12), 48, Fraction(1, 12), Fraction(12)),
        (Fraction(249, 10), 3, Fraction(10, 249), Fraction(249, 10)),
    ],
)
def test_a_header_without_stamps_gives_a_standard_rate_within_a_tick(
    declared: Fraction, frames: int, tick: Fraction, expected: Fraction
) -> None:
    assert constant_rate.of_header(declared, frames, tick) == expected
