"""What a probe of a proxy must find: a pure function of spec, profile and source."""

from proxx_daemon.jobspec.jobspec import JobSpec
from proxx_daemon.plan import sync, tracks
from proxx_daemon.plan.frames import proxy_size, start_timecode, timing
from proxx_daemon.plan.picture_filters import keeps_fields
from proxx_daemon.plan.plan import Expectation
from proxx_daemon.profiles.profile import AudioPolicy, CanonicalProfile
from proxx_daemon.profiles.relink_rules import KEPT
from proxx_daemon.source import colour
from proxx_daemon.source import field_order as fields
from proxx_daemon.source.media import Source

#: the start of an MXF timecode track if the source has no timecode: an MXF file must have one
_MXF_MIDNIGHT = "00:00:00:00"


def expectation(spec: JobSpec, profile: CanonicalProfile, source: Source) -> Expectation:
    """Return what a probe of the proxy must find, by the relink rules of the profile."""
    width, height = proxy_size(source.footage, profile.scaling)
    when = timing(spec, source)
    audio = tracks.carried(profile, source.media)
    rules, encoded = profile.relink, profile.audio
    copied = encoded.policy is AudioPolicy.COPY
    label = colour.carried(source.footage, profile.container)
    start = start_timecode(spec, source)
    return Expectation(
        container=str(profile.container),
        codec_name=profile.expected.codec_name,
        codec_profile=profile.expected.codec_profile,
        width=width,
        height=height,
        pixel_format=profile.expected.pixel_format,
        frame_count=when.frames,
        rate=when.rate,
        duration=when.duration,
        times=source.times if when.rate is None else None,
        longest=source.duration,
        audio_channels=tuple(stream.channels for stream in audio),
        audio_codecs=tuple(stream.codec_name if copied else encoded.encoder for stream in audio),
        sample_aspect_ratio=source.footage.upright_aspect(),
        rotation=0,
        field_order=(
            fields.found_as(source.field_order)
            if keeps_fields(profile, source)
            else fields.PROGRESSIVE
        ),
        colour=colour.found_as(label, profile.container),
        compare_timecode=True,
        timecode=_start(str(start) if start else None, profile),
        reel=source.media.reel if rules.reel == KEPT else None,
        audio_rates=tuple(encoded.sample_rate or stream.sample_rate for stream in audio),
        audio_layouts=(
            tuple(stream.layout for stream in audio) if rules.audio_layout == KEPT else None
        ),
        audio_languages=(
            tuple(stream.language for stream in audio) if rules.audio_language == KEPT else None
        ),
        audio_starts=sync.audio_starts(profile, source),
    )


def _start(text: str | None, profile: CanonicalProfile) -> str | None:
    return _MXF_MIDNIGHT if text is None and profile.container == "mxf" else text
