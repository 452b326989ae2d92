"""Canonical profiles: everything that decides an output.

The ten profiles are the TOML files under `profiles/canonical/`; `profiles.reading`
reads one, `profiles.catalogue` loads them all. Source: the canonical profile specification.
"""

from enum import StrEnum

from attrs import frozen

from proxx_daemon.jobspec.jobspec import Codec, Container, EngineKind
from proxx_daemon.profiles.relink_rules import RelinkRules


class AudioPolicy(StrEnum):
    """What happens to the audio tracks of a source."""

    #: every track's packets unchanged
    COPY = "copy"
    #: every track encoded as AAC
    AAC = "aac"
    #: every track as PCM, exactly as long as the picture
    PCM = "pcm"


@frozen(kw_only=True)
class ScalingRule:
    """How the frame size of the proxy follows from that of the source."""

    #: width and height are divided by this
    divisor: int
    #: swscale flags; exactness flags are part of them
    flags: str
    #: smallest width in pixels that the codec encodes
    minimum_width: int
    #: smallest height in pixels that the codec encodes
    minimum_height: int


@frozen(kw_only=True)
class AudioRule:
    """How the audio tracks of a source become those of the proxy."""

    #: copied, or encoded as what
    policy: AudioPolicy
    #: FFmpeg's name of the encoder; "copy" with the copy policy
    encoder: str
    #: samples per second of every track; None keeps the source's
    sample_rate: int | None = None
    #: bits per second for each channel of a track; None if the encoder has no rate
    bits_per_channel: int | None = None


@frozen(kw_only=True)
class SpaceEstimate:
    """How many bytes a proxy is likely to have: an upper figure, not an average."""

    #: bits for each pixel of each frame
    bits_per_pixel: float
    #: bits per second of each audio channel
    audio_bits_per_channel: int


@frozen(kw_only=True)
class FfmpegRecipe:
    """Everything that the FFmpeg command line of a profile says."""

    #: FFmpeg's name of the video encoder
    encoder: str
    #: its arguments, one by one
    arguments: tuple[str, ...]
    #: pixel format that is encoded
    pixel_format: str
    #: threads of the encoder: pinned, because x264's output depends on their number
    threads: int
    #: FFmpeg's name of the muxer
    muxer: str
    #: its arguments, one by one
    muxer_arguments: tuple[str, ...]


@frozen(kw_only=True)
class ExpectedEssence:
    """What ffprobe must say about the picture of a proxy."""

    #: ffprobe's codec_name
    codec_name: str
    #: ffprobe's profile; None if it says nothing that matters
    codec_profile: str | None = None
    #: ffprobe's pix_fmt; None if the engine chooses
    pixel_format: str | None = None


@frozen(kw_only=True)
class CanonicalProfile:
    """One of the ten profiles."""

    #: its name, as a JobSpec writes it
    name: str
    #: the engine that runs it
    engine: EngineKind
    #: codec that a JobSpec must repeat
    codec: Codec
    #: container that a JobSpec must repeat
    container: Container
    #: resolution that a JobSpec must repeat: same, half or quarter
    resolution: str
    #: whether every frame can be decoded alone
    intra_frame_only: bool
    #: what it is for, one sentence
    notes: str
    #: how the size follows from the source's
    scaling: ScalingRule
    #: how the audio follows from the source's
    audio: AudioRule
    #: what becomes of everything that an editing system matches by
    relink: RelinkRules
    #: how much space a proxy takes, for the check before execution
    space: SpaceEstimate
    #: what ffprobe must say afterwards
    expected: ExpectedEssence
    #: the FFmpeg command, for FFmpeg profiles
    ffmpeg: FfmpegRecipe | None
    #: name of the render preset, for Resolve profiles
    resolve_preset: str | None
    #: SHA-256 (hex) of the canonical form of the profile's file
    fingerprint: str
