"""What Resolve is told about a clip and what must come out. Resolve is not called here.

Names of settings and properties are Resolve's own; docs/how-to/resolve.md says where each comes
from.
"""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from proxx_daemon.jobspec import frame_rate
from proxx_daemon.plan.frames import nearest_even
from proxx_daemon.plan.plan import Expectation
from proxx_daemon.plan.resolve_session import ClipFacts, RenderOrder
from proxx_daemon.profiles.profile import CanonicalProfile

#: how the names of our projects begin, on every machine
PROJECT_PREFIX: Final = "proxx-session-"
#: what Resolve calls a project that nobody has named
UNTITLED: Final = "Untitled Project"
#: what the product must call itself
STUDIO: Final = "Studio"
#: the properties of an imported clip that are asked for
PROPERTIES: Final = ("FPS", "Frames", "Start TC", "Resolution", "Audio Ch", "Reel Name")
#: Resolve decodes sound and writes what the preset says: linear PCM, 24 bit
AUDIO_CODEC: Final = "pcm_s24le"
_TIMECODE: Final = re.compile(r"[0-9]{2}:[0-9]{2}:[0-9]{2}[:;][0-9]{2,3}")
_COUNT: Final = re.compile(r"0*[1-9][0-9]{0,11}")
_CHANNEL_COUNT: Final = re.compile(r"[0-9]{1,4}")
_SIZE: Final = re.compile(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})")
#: channels of the track types of Timeline.GetTrackSubType
_CHANNELS: Final = {
    "mono": 1,
    "stereo": 2,
    "lrc": 3,
    "lcr": 3,
    "lrcs": 4,
    "lcrs": 4,
    "quad": 4,
    "5.0": 5,
    "5.0film": 5,
    "5.1": 6,
    "5.1film": 6,
    "7.0": 7,
    "7.0film": 7,
    "7.1": 8,
    "7.1film": 8,
} | {f"adaptive{number}": number for number in range(1, 37)}


def project_prefix(host: str) -> str:
    """Return how the project names of a machine begin: others may share its project server."""
    return f"{PROJECT_PREFIX}{re.sub(r'[^A-Za-z0-9.-]', '-', host)}-"


def clip_facts(properties: Mapping[str, object]) -> ClipFacts:
    """Return the facts that the properties of an imported clip tell.

    Raise ValueError, with a sentence for the operator, if one is missing or makes no sense.
    """
    texts = {name: str(properties.get(name) or "").strip() for name in PROPERTIES}
    size = _SIZE.fullmatch(texts["Resolution"])
    rate = _rate(texts["FPS"])
    frames = texts["Frames"]
    wrong = (
        ("FPS", rate is None),
        ("Frames", _COUNT.fullmatch(frames) is None),
        ("Start TC", _TIMECODE.fullmatch(texts["Start TC"]) is None),
        ("Resolution", size is None),
        ("Audio Ch", _CHANNEL_COUNT.fullmatch(texts["Audio Ch"] or "0") is None),
    )
    for name, is_wrong in wrong:
        if is_wrong:
            raise ValueError(f"Resolve says that the clip's '{name}' is '{texts[name]}'")
    if size is None or rate is None:
        raise ValueError("Resolve does not know the clip")
    return ClipFacts(
        frames=int(frames),
        rate=rate,
        timecode=texts["Start TC"],
        width=int(size[1]),
        height=int(size[2]),
        channels=int(texts["Audio Ch"] or "0"),
        reel=texts["Reel Name"] or None,
    )


def _rate(text: str) -> Fraction | None:
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,9})?", text):
        return None
    return frame_rate.exact(text)


def rate_setting(facts: ClipFacts) -> str:
    """Return a rate as in the project setting `timelineFrameRate`, drop-frame included."""
    text = frame_rate.text(facts.rate)
    return f"{text} DF" if ";" in facts.timecode else text


def project_settings(facts: ClipFacts) -> tuple[tuple[str, str], ...]:
    """Return the project's settings, in the order in which they are made."""
    return (
        ("timelineFrameRate", rate_setting(facts)),
        ("timelineResolutionWidth", str(facts.width)),
        ("timelineResolutionHeight", str(facts.height)),
    )


def output_size(facts: ClipFacts, divisor: int) -> tuple[int, int]:
    """Return width and height of the proxy in pixels."""
    return nearest_even(facts.width, divisor), nearest_even(facts.height, divisor)


def render_settings(order: RenderOrder, facts: ClipFacts) -> dict[str, Any]:
    """Return the argument of SetRenderSettings."""
    width, height = output_size(facts, order.divisor)
    return {
        "SelectAllFrames": True,
        "TargetDir": order.folder,
        "CustomName": order.name,
        "ExportVideo": True,
        "ExportAudio": facts.channels > 0,
        "FormatWidth": width,
        "FormatHeight": height,
    }


def track_channels(kinds: Sequence[str]) -> tuple[int, ...]:
    """Return the channels of each audio track of a timeline; raise ValueError for unknown kinds."""
    unknown = [kind for kind in kinds if kind.lower() not in _CHANNELS]
    if unknown:
        raise ValueError(f"the timeline has an audio track of the unknown kind '{unknown[0]}'")
    return tuple(_CHANNELS[kind.lower()] for kind in kinds)


def expectation(
    profile: CanonicalProfile, facts: ClipFacts, tracks: tuple[int, ...]
) -> Expectation:
    """Return what a probe of the proxy must find; `tracks` are the channels of each audio track."""
    width, height = output_size(facts, profile.scaling.divisor)
    return Expectation(
        container=str(profile.container),
        codec_name=profile.expected.codec_name,
        codec_profile=profile.expected.codec_profile,
        width=width,
        height=height,
        pixel_format=profile.expected.pixel_format,
        frame_count=facts.frames,
        rate=facts.rate,
        duration=facts.frames / facts.rate,
        audio_channels=tracks,
        audio_codecs=(AUDIO_CODEC,) * len(tracks),
        compare_timecode=True,
        timecode=facts.timecode,
    )
