"""How much space a job is likely to need, by its plan."""

from collections.abc import Sequence
from math import ceil

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Problem
from proxx_daemon.plan.plan import ClipPlan, Expectation
from proxx_daemon.profiles.profile import SpaceEstimate


def likely_size(wanted: Expectation, estimate: SpaceEstimate) -> int:
    """Return the likely size in bytes: picture by the profile's rate, audio by channel."""
    picture = wanted.width * wanted.height * wanted.frame_count * estimate.bits_per_pixel
    channels = sum(wanted.audio_channels)
    audio = channels * estimate.audio_bits_per_channel * float(wanted.duration)
    return ceil((picture + audio) / 8)


def check(
    clips: Sequence[ClipPlan], estimate: SpaceEstimate, free_bytes: int
) -> tuple[Problem, ...]:
    """Return a problem if the clips of a job are likely to need more than is free."""
    needed = sum(likely_size(clip.expectation, estimate) for clip in clips)
    if needed <= free_bytes:
        return ()
    return (
        Problem(
            code=Code.OUTPUT_NO_SPACE,
            path="output_directory",
            message=f"The proxies are likely to need {needed / 1e6:,.1f} MB, but the volume has "
            f"{free_bytes / 1e6:,.1f} MB free.",
            found=f"{free_bytes} bytes",
            allowed=f"at least {needed} bytes",
        ),
    )
