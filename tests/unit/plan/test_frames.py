import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.records import footage

from proxx_daemon.plan.frames import nearest_even, proxy_size
from proxx_daemon.profiles.profile import ScalingRule


@pytest.mark.parametrize(
    ("value", "divisor", "expected"),
    [
        (1920, 2, 960),
        (1080, 4, 270),
        (1998, 2, 1000),
        (1080, 1, 1080),
        (1081, 1, 1082),
        (1079, 1, 1080),
        (998, 4, 250),
        (1, 1, 2),
        (1, 4, 2),
        (3, 4, 2),
    ],
)
def test_sizes_are_divided_and_rounded_to_the_nearest_even_number(
    value: int, divisor: int, expected: int
) -> None:
    assert nearest_even(value, divisor) == expected


@given(st.integers(1, 100_000), st.sampled_from([1, 2, 4]))
def test_a_size_is_even_positive_and_within_a_pixel_of_the_exact_one(
    value: int, divisor: int
) -> None:
    size = nearest_even(value, divisor)
    assert size % 2 == 0
    assert size >= 2
    assert size == 2 or abs(size - value / divisor) <= 1


@pytest.mark.parametrize(
    ("rotation", "expected"),
    [(0, (960, 540)), (90, (540, 960)), (180, (960, 540)), (270, (540, 960))],
)
def test_the_size_is_that_of_the_upright_picture(rotation: int, expected: tuple[int, int]) -> None:
    rule = ScalingRule(divisor=2, flags="bicubic", minimum_width=2, minimum_height=2)
    assert proxy_size(footage(rotation=rotation), rule) == expected
