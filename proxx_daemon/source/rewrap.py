"""The command that puts a source into a container of the matrix without encoding it again."""

import shlex
from typing import Final

from proxx_daemon.source.matrix import STANDARD
from proxx_daemon.source.media import MediaInfo

#: Sound that each container takes as it is. A container that takes all tracks of a source is
#: chosen in this order: MOV keeps timecode and most sound, Matroska takes what MOV does not.
_COPIED: Final = {
    "mov": frozenset({"aac", "ac3", "eac3", "mp3", "alac"}),
    "mp4": frozenset({"aac", "ac3", "eac3", "mp3", "alac"}),
    "mkv": frozenset(
        {"aac", "ac3", "eac3", "mp2", "mp3", "alac", "flac", "opus", "vorbis", "dts", "truehd"}
    ),
    "mxf": frozenset[str](),
    "ts": frozenset({"aac", "ac3", "eac3", "mp2", "mp3"}),
}
#: PCM of all sample sizes that cameras and recorders write
_PCM: Final = frozenset(
    f"pcm_{form}" for form in ("s16le", "s16be", "s24le", "s24be", "s32le", "s32be", "f32le")
)
_TAKE_PCM: Final = frozenset({"mov", "mkv"})
_MXF_SAMPLES: Final = 48000
#: FFmpeg's names of streams without a container: nothing in them says when a frame is shown, and
#: a new container would get invented times.
_WITHOUT_TIMES: Final = frozenset(
    {"h264", "hevc", "mjpeg", "mpegvideo", "m4v", "obu", "av1", "dnxhd", "vc1"}
)


def command(media: MediaInfo) -> str | None:
    """Return a shell command that makes a row of the matrix of a source; None if none does.

    It copies the picture and every track of sound, and overwrites nothing.
    """
    footage = media.footage()
    if footage is None or media.container in _WITHOUT_TIMES:
        return None
    rows = (name for name in _COPIED if (name, footage.codec) in STANDARD)
    target = next((name for name in rows if _takes_sound(name, media)), None)
    if target is None:
        return None
    folder, _, name = media.path.rpartition("/")
    new = f"{folder}/{name.rpartition('.')[0] or name}_rewrapped.{target}"
    # MXF takes no big-endian PCM: all of it becomes 24 bits, which loses nothing of 16 and 24.
    coding = ("-c:v", "copy", "-c:a", "pcm_s24le") if target == "mxf" else ("-c", "copy")
    # AVI and program streams do not have a time for every frame.
    return shlex.join(
        [
            *("ffmpeg", "-n", "-fflags", "+genpts", "-i", media.path),
            *("-map", "0:V:0", "-map", "0:a?", *coding, new),
        ]
    )


def _takes_sound(container: str, media: MediaInfo) -> bool:
    if container == "mxf":
        return all(
            track.codec_name in _PCM - {"pcm_s32le", "pcm_s32be", "pcm_f32le"}
            and track.sample_rate == _MXF_SAMPLES
            for track in media.audio
        )
    taken = _COPIED[container] | (_PCM if container in _TAKE_PCM else frozenset())
    return all(track.codec_name in taken for track in media.audio)
