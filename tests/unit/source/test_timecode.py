"""SMPTE timecode: what is read, what exists, and what another rate makes of it."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxx_daemon.source import timecode
from proxx_daemon.source.timecode import Timecode

NTSC = Fraction(30000, 1001)
RATES = [Fraction(24000, 1001), *map(Fraction, (24, 25, 30, 50, 60)), NTSC, 2 * NTSC, 4 * NTSC]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("10:20:30:12", Timecode(10, 20, 30, 12, drop=False)),
        ("10:20:30;12", Timecode(10, 20, 30, 12, drop=True)),
        ("10:20:30.12", Timecode(10, 20, 30, 12, drop=True)),
        (" 01:00:59:099 ", Timecode(1, 0, 59, 99, drop=False)),
        ("10:20:30", None),
        ("10:20:30:1", None),
        ("-1:20:30:12", None),
        ("\N{ARABIC-INDIC DIGIT ONE}0:20:30:12", None),
        ("", None),
    ],
)
def test_a_timecode_is_read_as_ffprobe_writes_it(text: str, code: Timecode | None) -> None:
    assert timecode.parse(text) == code


@pytest.mark.parametrize(
    ("rate", "drop"), [(NTSC, True), (2 * NTSC, True), (Fraction(30), False), (NTSC / 2, False)]
)
def test_drop_frame_exists_at_multiples_of_29_97(rate: Fraction, drop: bool) -> None:  # noqa: FBT001
    assert timecode.has_drop_frame(rate) is drop


@pytest.mark.parametrize(
    ("text", "rate", "exists"),
    [
        ("23:59:59:24", 25, True),
        ("23:59:59:25", 25, False),
        ("00:60:00:00", 25, False),
        ("00:00:60:00", 25, False),
        ("01:01:00;00", NTSC, False),
        ("01:01:00;02", NTSC, True),
        ("01:10:00;00", NTSC, True),
        ("01:01:00;03", 2 * NTSC, False),
        ("01:01:00;04", 2 * NTSC, True),
        ("01:01:00:00", NTSC, True),
        ("01:01:10;00", NTSC, True),
        ("00:00:00:00", 256, False),
    ],
)
def test_only_an_address_that_exists_is_good(text: str, rate: Any, exists: bool) -> None:  # noqa: FBT001
    code = timecode.parse(text)
    assert code is not None
    assert (timecode.fault(code, Fraction(rate)) is None) is exists


@pytest.mark.parametrize(
    ("text", "old", "new", "moved"),
    [
        ("10:00:00:12", 25, 50, "10:00:00:24"),
        ("10:00:00:49", 50, 25, "10:00:00:24"),
        ("10:00:00;29", NTSC, 25, "10:00:00:24"),
        ("10:01:00;02", NTSC, 2 * NTSC, "10:01:00;04"),
        ("10:01:00;03", NTSC, Fraction(24000, 1001), "10:01:00:02"),
        ("10:01:00;04", 4 * NTSC, NTSC, "10:01:00;02"),
    ],
)
def test_an_address_keeps_its_second_at_another_rate(
    text: str, old: Any, new: Any, moved: str
) -> None:
    code = timecode.parse(text)
    assert code is not None
    assert str(timecode.at_rate(code, Fraction(old), Fraction(new))) == moved


@given(
    st.builds(
        Timecode,
        st.integers(0, 23),
        st.integers(0, 59),
        st.integers(0, 59),
        st.integers(0, 119),
        st.booleans(),
    ),
    st.sampled_from(RATES),
    st.sampled_from(RATES),
)
def test_what_exists_at_one_rate_exists_in_the_same_second_at_another(
    code: Timecode, old: Fraction, new: Fraction
) -> None:
    if timecode.fault(code, old) is not None:
        return
    moved = timecode.at_rate(code, old, new)
    assert timecode.fault(moved, new) is None
    assert (moved.hours, moved.minutes, moved.seconds) == (code.hours, code.minutes, code.seconds)
    assert timecode.parse(str(moved)) == moved
