"""When the frames of a source or a proxy are shown; pure."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Self

from attrs import frozen


@frozen
class FrameTimes:
    """The time of every frame, in the order in which they are shown."""

    #: in ticks; only the differences from the first one count
    ticks: Sequence[int]
    #: seconds
    tick: Fraction

    @classmethod
    def even(cls, frames: int, rate: Fraction) -> Self:
        """Return the times of frames at a constant rate."""
        return cls(range(frames), 1 / rate)

    def seconds(self, frame: int) -> Fraction:
        """Return the seconds from the first frame to another one."""
        return (self.ticks[frame] - self.ticks[0]) * self.tick

    def first_elsewhere(self, written: "FrameTimes") -> int | None:
        """Return the first frame that a proxy shows at another time; None if there is none.

        `written` are the times of the proxy. A time that its ticks cannot hold is rounded, so
        less than a tick is the same time. Frames that only one of the two has are not looked at.
        """
        if not self.ticks or not written.ticks:
            return None
        ratio = self.tick / written.tick
        ours, theirs = ratio.numerator, ratio.denominator
        begin, written_begin = self.ticks[0], written.ticks[0]
        for frame, (ticks, found) in enumerate(zip(self.ticks, written.ticks, strict=False)):
            if abs((ticks - begin) * ours - (found - written_begin) * theirs) >= theirs:
                return frame
        return None
