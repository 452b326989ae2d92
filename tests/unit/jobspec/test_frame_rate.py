from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxx_daemon.jobspec import frame_rate


@pytest.mark.parametrize(
    ("value", "numerator"),
    [
        (23.976, 24000),
        (23.98, 24000),
        (23.97, 24000),
        (23.976023976023978, 24000),
        (29.97, 30000),
        (47.952, 48000),
        (47.95, 48000),
        (59.94, 60000),
        (59.9401, 60000),
        (71.928, 72000),
        (95.904, 96000),
        (119.88, 120000),
        (239.76, 240000),
        (11.988, 12000),
        (14.985, 15000),
    ],
)
def test_names_of_ntsc_rates_mean_the_exact_rational(value: float, numerator: int) -> None:
    assert frame_rate.exact(value) == Fraction(numerator, 1001)


@pytest.mark.parametrize("value", [1, 12, 15, 24, 24.0, 25, 30, 48, 50, 60, 100, 120, 240])
def test_whole_rates_stay_whole(value: float) -> None:
    assert frame_rate.exact(value) == Fraction(int(value))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (12.5, Fraction(25, 2)),
        (16.6667, Fraction(166667, 10000)),
        (33.333333333333336, Fraction(100, 3)),
        (24.0001, Fraction(240001, 10000)),
        (24.99999999999999, Fraction(25)),
    ],
)
def test_other_decimals_are_kept_to_six_places(value: float, expected: Fraction) -> None:
    assert frame_rate.exact(value) == expected


@pytest.mark.parametrize(
    "value", [0, -0.0, -24, 1e-9, 5e-324, 0.5, 0.999, 240.001, 241, 1e308, 10**399]
)
def test_rates_that_nobody_edits_in_are_refused(value: float) -> None:
    assert frame_rate.exact(value) is None


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_a_rate_is_within_its_range_or_none(value: float) -> None:
    rate = frame_rate.exact(value)
    assert rate is None or (1 <= rate <= 240 and abs(rate - Fraction(value)) < Fraction(7, 1000))


@pytest.mark.parametrize("base", [24, 30, 48, 60, 120, 240])
@pytest.mark.parametrize("scale", [Fraction(1), Fraction(1000, 1001)])
def test_a_rate_that_was_stored_in_nanoseconds_is_the_exact_one_again(
    base: int, scale: Fraction
) -> None:
    exact = base * scale
    stored = Fraction(1_000_000_000, round(1_000_000_000 / exact))
    assert frame_rate.unrounded(stored) == exact
    assert frame_rate.unrounded(exact) == exact
    assert frame_rate.unrounded(Fraction(19001, 317)) == Fraction(60000, 1001)


@pytest.mark.parametrize(
    "rate", [Fraction(2997, 125), Fraction(2997, 100), Fraction(25, 2), Fraction(1, 3)]
)
def test_a_rate_that_a_file_means_stays(rate: Fraction) -> None:
    assert frame_rate.unrounded(rate) == rate


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (Fraction(25), "25"),
        (Fraction(24000, 1001), "23.976"),
        (Fraction(30000, 1001), "29.97"),
        (Fraction(60000, 1001), "59.94"),
        (Fraction(25, 2), "12.5"),
        (Fraction(100), "100"),
    ],
)
def test_rates_are_named_as_editors_name_them(rate: Fraction, text: str) -> None:
    assert frame_rate.text(rate) == text


def test_ffmpeg_gets_rates_as_fractions() -> None:
    assert frame_rate.fraction_text(Fraction(24000, 1001)) == "24000/1001"
    assert frame_rate.fraction_text(Fraction(25)) == "25/1"
