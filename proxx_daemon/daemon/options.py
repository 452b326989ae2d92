"""How a daemon runs. Nothing here changes what a job produces."""

from typing import Final

from attrs import frozen

#: seconds between scans when events come in too
SCAN_SECONDS: Final = 10.0
#: seconds that running jobs get after the first signal
GRACE_SECONDS: Final = 60.0
#: seconds for which `--once` waits for specs that are still being written
ONCE_PATIENCE_SECONDS: Final = 10.0


@frozen(kw_only=True)
class WatchOptions:
    """The operator's choices for `proxx watch`."""

    #: jobs at a time
    max_workers: int = 1
    #: handle what is pending, then end
    once: bool = False
    #: seconds between scans; set, it replaces events altogether
    poll_seconds: float | None = None
    #: seconds that running jobs get after the first signal
    grace_seconds: float = GRACE_SECONDS

    @property
    def scan_seconds(self) -> float:
        """Seconds between scans."""
        return SCAN_SECONDS if self.poll_seconds is None else self.poll_seconds
