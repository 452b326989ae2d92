"""Which Dolby Vision becomes a proxy, and what is said of the proxy."""

import pytest
from unit.records import footage, media

from proxx_daemon.source import dolby_vision
from proxx_daemon.source.media import DolbyVision


@pytest.mark.parametrize(
    ("profile", "compatibility", "name"),
    [
        (5, 0, "profile 5"),
        (1, 0, "profile 1"),
        (3, 0, "profile 3"),
        (10, 0, "profile 10.0"),
        (20, 0, "profile 20.0"),
    ],
)
def test_a_picture_that_needs_its_metadata_is_refused(
    profile: int, compatibility: int, name: str
) -> None:
    found = DolbyVision(profile=profile, compatibility=compatibility)
    objection = dolby_vision.objection(media(dolby_vision=found))
    assert objection is not None
    assert name in objection


@pytest.mark.parametrize(
    ("profile", "compatibility", "said"),
    [
        (8, 1, "profile 8.1: the proxy has only the base layer (HDR10)"),
        (8, 2, "profile 8.2: the proxy has only the base layer (SDR)"),
        (8, 4, "profile 8.4: the proxy has only the base layer (HLG)"),
        (7, 6, "profile 7: the proxy has only the base layer (HDR10)"),
        # Written before files stated their compatibility.
        (7, 0, "profile 7: the proxy has only the base layer (HDR10)"),
        (4, 2, "profile 4: the proxy has only the base layer (SDR)"),
        (9, 2, "profile 9.2: the proxy has only the base layer (SDR)"),
        (10, 4, "profile 10.4: the proxy has only the base layer (HLG)"),
    ],
)
def test_a_compatible_base_layer_becomes_a_proxy_and_the_rest_is_named(
    profile: int, compatibility: int, said: str
) -> None:
    info = media(dolby_vision=DolbyVision(profile=profile, compatibility=compatibility))
    assert dolby_vision.objection(info) is None
    assert [sentence[: len(said) + 13] for sentence in dolby_vision.left_out(info)] == [
        f"Dolby Vision {said}"
    ]


@pytest.mark.parametrize("tag", ["dvh1", "dvhe", "dvav", "dva1", "dav1", "DVH1"])
def test_a_tag_of_dolby_vision_without_a_profile_is_refused(tag: str) -> None:
    info = media(video=(footage(codec="hevc", codec_tag=tag),))
    assert dolby_vision.objection(info) == "is Dolby Vision, but does not say of which profile"


def test_everything_else_is_no_dolby_vision() -> None:
    assert dolby_vision.objection(media()) is None
    assert dolby_vision.left_out(media()) == ()


def test_ffprobes_record_is_read() -> None:
    side = {"side_data_type": "DOVI configuration record", "dv_profile": 8}
    side["dv_bl_signal_compatibility_id"] = 4
    entry = {"side_data_list": [{"side_data_type": "Display Matrix"}, side]}
    assert dolby_vision.of_stream(entry) == DolbyVision(profile=8, compatibility=4)
    assert dolby_vision.of_stream({"side_data_list": [{"side_data_type": "x"}]}) is None
    assert dolby_vision.of_stream({}) is None
