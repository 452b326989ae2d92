"""Plans: what an engine will do, and what must come out."""

from collections.abc import Mapping
from fractions import Fraction

from attrs import frozen

from proxx_daemon.jobspec.jobspec import JobSpec
from proxx_daemon.plan.resolve_session import RenderOrder
from proxx_daemon.plan.umid import PackageIds
from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.source.frame_times import FrameTimes
from proxx_daemon.source.media import Colour, Source
from proxx_daemon.source.raw import RawSource


@frozen(kw_only=True)
class Expectation:
    """What a probe of the proxy must find."""

    #: our name of the container
    container: str
    #: ffprobe's codec_name
    codec_name: str
    #: ffprobe's profile; None if it does not matter
    codec_profile: str | None
    #: pixels
    width: int
    #: pixels
    height: int
    #: ffprobe's pix_fmt; None if the engine chooses
    pixel_format: str | None
    #: frames
    frame_count: int
    #: frames per second; None if the source's rate varies
    rate: Fraction | None
    #: seconds of picture
    duration: Fraction
    #: channels of every audio track, in order
    audio_channels: tuple[int, ...]
    #: ffprobe's codec_name of every audio track, in order
    audio_codecs: tuple[str, ...]
    #: when every frame is shown; None if `rate` says it
    times: FrameTimes | None = None
    #: seconds of picture if the last frame lasts as long as that of the source; None if it lasts
    #: as long as the others
    longest: Fraction | None = None
    # What follows is None, or empty, if nothing is compared.
    #: shape of a pixel, width to height
    sample_aspect_ratio: Fraction | None = None
    #: clockwise degrees that a player turns the picture by
    rotation: int | None = None
    #: ffprobe's field_order
    field_order: str | None = None
    #: labels as ffprobe finds them; an empty one is not compared
    colour: Colour | None = None
    #: whether the start timecode is compared; then `timecode` None means that there is none
    compare_timecode: bool = False
    #: start timecode as text
    timecode: str | None = None
    #: reel name
    reel: str | None = None
    #: samples per second of every audio track
    audio_rates: tuple[int, ...] | None = None
    #: ffprobe's channel_layout of every audio track
    audio_layouts: tuple[str, ...] | None = None
    #: ISO 639-2 code of every audio track, empty if the source names none
    audio_languages: tuple[str, ...] | None = None
    #: seconds by which every audio track starts after the picture, negative for before
    audio_starts: tuple[Fraction, ...] | None = None


@frozen(kw_only=True)
class _Clip:
    """What a clip has with every engine."""

    #: position in the job, from 0
    index: int
    #: absolute path under which the proxy is published
    output_path: str
    #: absolute path that the engine writes to, in the folder of the attempt; that of Resolve is in
    #: a folder of its own there
    partial_path: str
    #: every token with its value for this clip
    resolved_tokens: Mapping[str, str]


@frozen(kw_only=True)
class ClipPlan(_Clip):
    """One clip for FFmpeg: source, name, command and expectation."""

    #: the measured source
    source: Source
    #: the engine's arguments, program included, as a person would run it (`ffmpeg_command.as_run`)
    argv: tuple[str, ...]
    #: what verification compares with
    expectation: Expectation
    #: SHA-256 (hex) of source, profile and rate rule: `plan.transformation`
    transformation: str
    #: tracks of the source that the profile's rules leave out, in words for people
    left_out: tuple[str, ...] = ()
    #: ids that Proxx writes into the proxy; None if its container has none, or its engine
    #: writes its own
    package_ids: PackageIds | None = None


@frozen(kw_only=True)
class ResolveClip(_Clip):
    """One clip of camera RAW: source, name, and what a session with Resolve is told.

    What must come out is known when Resolve has imported the clip: nobody else can look inside.
    """

    #: the source's files
    source: RawSource
    #: what the session is told
    order: RenderOrder


#: a clip of either engine
PlannedClip = ClipPlan | ResolveClip


@frozen(kw_only=True)
class JobPlan:
    """A job whose every clip is named and commanded: all that an executor needs to know."""

    #: what was asked for
    spec: JobSpec
    #: the profile that decides, and says which engine it needs
    profile: CanonicalProfile
    #: the clips, in the order in which they run; all of one engine
    clips: tuple[PlannedClip, ...]
    #: whether the result gets a hash of every byte of each source
    hash_sources: bool = False
