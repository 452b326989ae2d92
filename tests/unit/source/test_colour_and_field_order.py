"""Which labels a proxy gets, under which names they are found, and what fields are called."""

import pytest
from unit.records import footage

from proxx_daemon.source import colour, field_order
from proxx_daemon.source.media import Colour, FieldOrder

HLG = Colour("bt2020", "arib-std-b67", "bt2020nc", "tv")


@pytest.mark.parametrize("container", ["mov", "mp4", "mxf"])
@pytest.mark.parametrize(
    "labels", [HLG, Colour("bt709", "bt709", "bt709", "tv"), Colour("bt709", "", "", "tv")]
)
def test_common_labels_are_kept_everywhere(labels: Colour, container: str) -> None:
    given = colour.carried(footage(colour=labels), container)
    assert given == labels
    assert colour.found_as(given, container) == labels


def test_full_range_becomes_limited() -> None:
    full = footage(colour=Colour("bt709", "bt709", "bt709", "pc"))
    assert colour.carried(full, "mov").range == "tv"


def test_mxf_has_two_names_for_one_number_and_no_number_for_some() -> None:
    ntsc = footage(colour=Colour("smpte240m", "smpte170m", "smpte170m", "tv"))
    given = colour.carried(ntsc, "mxf")
    assert colour.found_as(given, "mxf") == Colour("smpte170m", "bt709", "bt470bg", "tv")
    odd = footage(colour=Colour("film", "bt470bg", "bt2020c", "tv"))
    assert colour.carried(odd, "mxf") == Colour("", "", "", "tv")
    assert colour.carried(odd, "mov") == Colour("film", "bt470bg", "bt2020c", "tv")


def test_words_that_nobody_has_written_and_read_back_are_left_out() -> None:
    odd = footage(colour=Colour("unspecified", "reserved", "ipt-c2", ""))
    assert colour.carried(odd, "mov") == Colour("", "", "", "tv")


@pytest.mark.parametrize(("matrix", "pixels"), [("gbr", "gbrp"), ("", "rgb24"), ("", "bgr0")])
def test_rgb_is_labelled_with_the_matrix_that_it_is_converted_by(matrix: str, pixels: str) -> None:
    picture = footage(colour=Colour("", "", matrix, "pc"), pixel_format=pixels)
    assert colour.is_rgb(picture)
    assert colour.carried(picture, "mp4").matrix == "bt709"


@pytest.mark.parametrize(
    ("frames", "order"),
    [
        ([], FieldOrder.PROGRESSIVE),
        ([(False, True)], FieldOrder.PROGRESSIVE),
        ([(False, False), (True, True)], FieldOrder.TOP_FIRST),
        ([(True, False), (True, True)], FieldOrder.BOTTOM_FIRST),
    ],
)
def test_the_first_interlaced_frame_decides(
    frames: list[tuple[bool, bool]], order: FieldOrder
) -> None:
    assert field_order.of_frames(frames) is order


@pytest.mark.parametrize(
    ("word", "codec", "looks"),
    [
        ("progressive", "h264", False),
        ("tt", "h264", True),
        ("", "mjpeg", True),
        ("", "vp9", False),
    ],
)
def test_frames_are_decoded_only_where_there_may_be_fields(
    word: str,
    codec: str,
    looks: bool,  # noqa: FBT001
) -> None:
    assert field_order.needs_frames(word, codec) is looks
