import pytest
from unit.records import footage, media


@pytest.mark.parametrize(
    ("rotation", "size"),
    [(0, (1920, 1080)), (90, (1080, 1920)), (180, (1920, 1080)), (270, (1080, 1920))],
)
def test_a_quarter_turn_swaps_width_and_height(rotation: int, size: tuple[int, int]) -> None:
    assert footage(rotation=rotation).upright_size() == size


def test_the_footage_is_the_first_picture_that_is_not_attached() -> None:
    cover = footage(index=0, attached_picture=True)
    first, second = footage(index=1), footage(index=2)
    assert media(video=(cover, first, second)).footage() is first
    assert media(video=(cover,)).footage() is None
    assert media(video=()).footage() is None
