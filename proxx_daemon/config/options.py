"""How a daemon runs. Nothing here changes what a job produces."""

from typing import Final

from attrs import frozen

from proxx_daemon.spool.settling import SETTLE_SECONDS

#: seconds between scans when events come in too
SCAN_SECONDS: Final = 10.0
#: seconds that running jobs get after the first signal
GRACE_SECONDS: Final = 60.0
#: seconds for which `--once` waits for specs that are still being written
ONCE_PATIENCE_SECONDS: Final = 10.0


@frozen(kw_only=True)
class NotifyOptions:
    """Who is told of the end of a job."""

    #: program and arguments; the result's path is added
    command: tuple[str, ...] | None
    #: where the result is POSTed
    webhook: str | None
    #: final statuses that are told
    statuses: frozenset[str]
    #: limit of one notification
    timeout_seconds: float


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

    #: how long a spec must stay the same where the system does not know its writer
    settle_seconds: float = SETTLE_SECONDS
    #: host and port of /metrics and /healthz; None serves neither
    metrics_address: tuple[str, int] | None = None
    #: None tells nobody
    notify: NotifyOptions | None = None

    @property
    def scan_seconds(self) -> float:
        """Seconds between scans."""
        return SCAN_SECONDS if self.poll_seconds is None else self.poll_seconds
