"""A clock for time limits: time in which this process did not run counts for nothing.

The process can be stopped by a signal, its container frozen, the machine asleep or busy with
something else. What it watches may have gone on meanwhile, and may not.
"""

import time
from typing import Final

from attrs import define, field

#: seconds from one look to the next that count at most; whoever uses the clock looks more often
_MOST_SECONDS: Final = 0.3


@define(eq=False)
class AwakeClock:
    """Counts from 0, as far as somebody looks at it; used by one thread."""

    #: seconds at the last look
    now: float = field(default=0.0, init=False)
    _seen: float = field(factory=time.monotonic, init=False)
    _missed: bool = field(default=False, init=False)

    def look(self) -> None:
        """Count the time since the last look."""
        seen = time.monotonic()
        passed, self._seen = seen - self._seen, seen
        self._missed = self._missed or passed > _MOST_SECONDS
        self.now += min(passed, _MOST_SECONDS)

    def missed_some(self) -> bool:
        """Return whether time was left out since this was last asked."""
        missed, self._missed = self._missed, False
        return missed
