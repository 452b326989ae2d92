"""MediaInfo finds in proxies of every profile what their sources have."""

from pathlib import Path
from typing import Any

import pytest
from burned_numbers import FRAMES, TRACKS
from pymediainfo import MediaInfo
from readers.takes import MXF, PROFILES, Takes

pytestmark = pytest.mark.readers

#: timecode of the last frame, by that of the first frame and by rate
_LAST = {
    ("10:00:00:00", "24000/1001"): "10:00:02:11",
    ("10:00:00:00", "25"): "10:00:02:09",
    # Frame 30 is 01:01:00;02: the first two numbers of this minute do not exist.
    ("01:00:59;00", "30000/1001"): "01:01:01;01",
}


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    if not MediaInfo.can_parse():
        pytest.skip("pymediainfo comes without the library of MediaInfo on this machine")


def _tracks(path: Path, kind: str) -> list[dict[str, Any]]:
    return [each.to_data() for each in MediaInfo.parse(path).tracks if each.track_type == kind]


@pytest.mark.parametrize("profile", PROFILES)
def test_frames_and_timecode_are_those_of_the_source(profile: str, takes: Takes) -> None:
    for take in takes.of(profile):
        (header,) = _tracks(take.path, "General")
        assert "is_truncated" not in header
        (picture,) = _tracks(take.path, "Video")
        assert picture["frame_count"] == str(FRAMES)
        assert picture["frame_rate"] == f"{float(take.rate):.3f}"
        # In MXF the packages of clip and file come first, then the tape.
        codes = _tracks(take.path, "Other")[: 2 if profile in MXF else 1]
        for code in codes:
            assert code["time_code_of_first_frame"] == take.timecode
            assert code["time_code_of_last_frame"] == _LAST[take.timecode, str(take.rate)]


@pytest.mark.parametrize("profile", PROFILES)
def test_every_track_of_sound_is_in_use(profile: str, takes: Takes) -> None:
    for take in takes.of(profile):
        tracks = _tracks(take.path, "Audio")
        assert len(tracks) == TRACKS
        if profile not in MXF:
            assert [each["default"] for each in tracks] == ["Yes"] * TRACKS
            assert len({each["alternate_group"] for each in tracks}) == TRACKS
