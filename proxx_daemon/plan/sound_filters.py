"""FFmpeg's filter chain for one audio track: its channels, its start and its length."""

from math import ceil
from typing import Final

from proxx_daemon.plan.frames import Timing
from proxx_daemon.profiles.profile import AudioPolicy, AudioRule
from proxx_daemon.source.media import AudioStream, SoundGap

#: FFmpeg's layout without a low-frequency channel for each number of channels, from one on. By
#: measurement AAC loses a tone of 400 Hz in a low-frequency channel (-14 dB becomes -140), and
#: FFmpeg 9 decodes other layouts of 6 and 7 channels in another order.
AAC_LAYOUTS: Final = ("mono", "stereo", "3.0", "4.0", "5.0", "hexagonal", "7.0", "octagonal")
#: labelled layouts whose channels FFmpeg's AAC encoder and its decoders keep in place
_AAC_KEEPS: Final = frozenset(
    {
        *AAC_LAYOUTS,
        *("3.0(back)", "quad", "quad(side)", "5.0(side)"),
        # Their low-frequency channel is meant as one.
        *("2.1", "3.1", "4.1", "5.1", "5.1(side)", "6.1(back)", "7.1", "7.1(wide)"),
    }
)

#: FFmpeg fills gaps and cuts overlaps from 0.1 s on. Where there is one that is no rounding, all
#: above the rounding of Matroska's times are meant: a millisecond.
_EVERY_GAP: Final = ":min_hard_comp=0.002"


def chain(rule: AudioRule, stream: AudioStream, when: Timing) -> str:
    """Return the filter chain for one track; empty if it needs none."""
    if rule.policy is AudioPolicy.PCM and rule.sample_rate is not None:
        return _as_long_as_the_picture(rule.sample_rate, when, stream.gap)
    if rule.policy is not AudioPolicy.AAC:
        return ""
    filters = []
    if stream.gap is not None:
        filters.append(f"aresample=async=1{_EVERY_GAP}")
    if stream.layout not in _AAC_KEEPS:
        filters.append(_by_number(stream.channels))
    return ",".join(filters)


def _by_number(channels: int) -> str:
    """Give the channels places in their order; nothing is mixed and no level changes."""
    places = "|".join(str(number) for number in range(channels))
    return f"channelmap=map={places}:channel_layout={AAC_LAYOUTS[channels - 1]}"


def _as_long_as_the_picture(rate: int, when: Timing, gap: SoundGap | None) -> str:
    # MXF has no start offsets and ends with its shortest track: each track starts with the
    # picture and gets exactly its length.
    samples = ceil(when.duration * rate)
    times = f"async=1{_EVERY_GAP if gap else ''}:first_pts=0"
    return f"aresample={rate}:{times},apad=whole_len={samples},atrim=end_sample={samples}"
