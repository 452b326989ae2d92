from fractions import Fraction
from pathlib import Path

import pytest
from integration.clip_maker import H264, describe, ffmpeg, picture, tone, tools

from proxx_daemon.source import sound
from proxx_daemon.source.media import MediaInfo
from proxx_daemon.source.probe import Probe


def heard(path: Path) -> MediaInfo:
    """Listen to a clip, as a job does."""
    return sound.listen(describe(path), Probe(tools().ffprobe, seconds=60.0))


@pytest.mark.parametrize(
    ("name", "codec", "hidden"),
    [
        # What encoders put in front, as far as the container says so: 1024, 1105, 312, 481 samples.
        ("clip.mp4", "aac", "0.021333"),
        ("clip.mkv", "aac", "0.021"),
        ("clip.mkv", "libmp3lame", "0.023"),
        ("clip.mkv", "libopus", "0.007"),
        ("clip.mkv", "mp2", "0.01"),
        ("clip.mkv", "flac", "0"),
        ("clip.mov", "alac", "0"),
        ("clip.mov", "pcm_s16le", "0"),
        ("clip.ts", "aac", "0"),
        ("clip.ts", "ac3", "0"),
        ("clip.ts", "mp2", "0"),
    ],
)
def test_sound_of_every_kind_can_be_decoded_from_its_start(
    tmp_path: Path, name: str, codec: str, hidden: str
) -> None:
    path = tmp_path / name
    ffmpeg(*picture(), *tone(), "-map", "0", "-map", "1", *H264, "-c:a", codec, path)
    (track,) = heard(path).audio
    assert track.hidden == Fraction(hidden)


def test_packets_that_an_edit_list_hides_are_no_damage(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.mp4", tmp_path / "cut.mp4"
    fast = ("-ar", 96000)
    ffmpeg(*picture(frames=60), *tone(2.4), *("-map", 0, "-map", 1), *H264, *fast, whole)
    # The only key frame is the first one. A second of sound, 94 packets, is kept and hidden.
    ffmpeg("-ss", 1.9, "-i", whole, "-c", "copy", cut)
    assert heard(cut).audio[0].sample_rate == 96000
