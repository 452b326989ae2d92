"""The candidates in pending/, in file-name order, and what is known about each.

Holds names, not files: 100,000 waiting specs cost a few megabytes and no descriptor.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable

import structlog

from proxx_daemon.spool import candidates, settling
from proxx_daemon.spool.folders import GoneError, NotACandidateError

_LOG = structlog.get_logger()
#: seconds until a name that is taken in running/ is tried again
_TAKEN_SECONDS = 1.0


class Backlog:
    """What could be claimed next."""

    def __init__(
        self,
        look: Callable[[str], settling.Sighting],
        settle_seconds: float = settling.SETTLE_SECONDS,
    ) -> None:
        """`look` looks at a candidate; it raises GoneError or NotACandidateError."""
        self._look = look
        self._settle_seconds = settle_seconds
        self._names: list[str] = []
        self._known: set[str] = set()
        self._watches: dict[str, settling.Watch] = {}
        self._wake: dict[str, float] = {}
        self._announced: set[str] = set()
        #: specs that cannot be renamed, and why; the others are claimed meanwhile
        self.stuck: dict[str, str] = {}
        #: entries that are left alone, and why; a reason is logged once
        self._rejected: dict[str, str] = {}

    def __len__(self) -> int:
        """Return the number of candidates, complete or not."""
        return len(self._names)

    def hint(self, name: str, *, announced: bool) -> None:
        """Note that something happened to a name."""
        if announced:
            self._announced.add(name)
        else:
            self._announced.discard(name)
        self._wake.pop(name, None)
        self._add(name)

    def refresh(self, names: Iterable[str]) -> None:
        """Replace what is known by what a scan found."""
        present = set(names)
        for gone in self._known - present:
            self.discard(gone)
        for gone in self._rejected.keys() - present:
            del self._rejected[gone]
        self._announced &= present
        new = [name for name in present - self._known if self._is_spec(name)]
        if new:
            # Sorted once: one by one, many new names would each move all that come after.
            self._known.update(new)
            self._names = sorted((*self._names, *new))

    def discard(self, name: str) -> None:
        """Forget a candidate that was claimed or has gone."""
        if name not in self._known:
            return
        self._known.discard(name)
        self._watches.pop(name, None)
        self._wake.pop(name, None)
        self._announced.discard(name)
        self.stuck.pop(name, None)
        place = bisect_left(self._names, name)
        if place < len(self._names) and self._names[place] == name:
            del self._names[place]

    def next_complete(self, now: float) -> str | None:
        """Return the first name, in order, whose file is complete; None if there is none."""
        place = 0
        while place < len(self._names):
            name = self._names[place]
            if self._wake.get(name, 0.0) <= now and self._is_complete(name, now):
                return name
            # A look can drop the name: the next one has then moved up into its place.
            if place < len(self._names) and self._names[place] == name:
                place += 1
        return None

    def postpone(self, name: str, now: float) -> None:
        """Try a name later: running/ holds another spec of that name."""
        self._wake[name] = now + _TAKEN_SECONDS

    def pass_over(self, name: str, reason: str, until: float) -> None:
        """Try a spec that cannot be renamed again at a monotonic time; log each reason once."""
        self._wake[name] = until
        if self.stuck.get(name) != reason:
            self.stuck[name] = reason
            _LOG.error("spec_stuck", entry=name, reason=reason)

    def name_free(self, name: str) -> None:
        """Note that running/ has no spec of that name any more."""
        self._wake.pop(name, None)

    def wake_at(self) -> float | None:
        """Return the monotonic time of the next check that can change anything."""
        return min(self._wake.values(), default=None)

    def waiting(self) -> tuple[str, ...]:
        """Return the names that are not complete yet."""
        return tuple(sorted(self._wake))

    def reject(self, name: str, reason: str) -> None:
        """Ignore an entry until the next look at it, and log that once for each reason.

        A spec that is linked in has two names for a moment: the next scan finds it with one.
        """
        self.discard(name)
        if self._rejected.get(name) != reason:
            self._rejected[name] = reason
            _LOG.warning("entry_ignored", entry=name, reason=reason)

    def _add(self, name: str) -> None:
        if name not in self._known and self._is_spec(name):
            self._known.add(name)
            insort(self._names, name)

    def _is_spec(self, name: str) -> bool:
        """Whether a name is a spec's; one that is not is reported."""
        reason = candidates.objection(name)
        if reason is not None:
            self.reject(name, reason)
        return reason is None

    def _is_complete(self, name: str, now: float) -> bool:
        try:
            sighting = self._look(name)
        except GoneError:
            self.discard(name)
            return False
        except NotACandidateError as error:
            self.reject(name, str(error))
            return False
        watch = settling.observe(self._watches.get(name), sighting, now)
        if settling.is_complete(
            watch, now, announced=name in self._announced, settle_seconds=self._settle_seconds
        ):
            self._watches.pop(name, None)
            self._wake.pop(name, None)
            return True
        self._watches[name] = watch
        self._wake[name] = now + settling.next_look(watch, now, self._settle_seconds)
        return False
