"""The lane of jobs that need Resolve: one runs, the others wait and hold no worker.

Used by the supervisor's thread alone, but for the one thread in which a job runs.
"""

import resource
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, Generic, TypeVar

#: jobs that wait at most: all of them fail when the daemon is stopped
MOST_WAITING: Final = 100
#: descriptors that a waiting job holds, and those that the daemon needs for everything else
_DESCRIPTORS: Final = 8
_OTHER_DESCRIPTORS: Final = 96
_Job = TypeVar("_Job")
_Outcome = TypeVar("_Outcome")


def most_waiting() -> int:
    """Work out how many jobs may wait: at least one, and no more than descriptors allow."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST_WAITING
    return max(1, min(MOST_WAITING, (soft - _OTHER_DESCRIPTORS) // _DESCRIPTORS))


class ResolveLane(Generic[_Job, _Outcome]):
    """Runs one job at a time, in the order in which they came."""

    def __init__(self, done: Callable[[_Job, Future[_Outcome]], None]) -> None:
        """`done` hears of every job that has run, in the lane's thread."""
        self._done = done
        self._most = most_waiting()
        self._waiting: deque[tuple[_Job, Callable[[], _Outcome]]] = deque()
        self._busy = False
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="resolve")

    @property
    def has_room(self) -> bool:
        """Whether another job may come to wait; while not, nothing may be claimed."""
        return len(self._waiting) < self._most

    def __len__(self) -> int:
        """Give the number of jobs that wait."""
        return len(self._waiting)

    def add(self, job: _Job, work: Callable[[], _Outcome]) -> None:
        """Let a job wait for its turn, or begin at once."""
        self._waiting.append((job, work))
        self._begin_next()

    def release(self) -> None:
        """Hear that the job that ran is filed; the next one begins."""
        self._busy = False
        self._begin_next()

    def empty(self) -> tuple[_Job, ...]:
        """Give the jobs that wait and forget them."""
        jobs = tuple(job for job, _ in self._waiting)
        self._waiting.clear()
        return jobs

    def remove(self, job: _Job) -> bool:
        """Forget one job that waits; False when it does not."""
        for place, (waiting, _) in enumerate(self._waiting):
            if waiting is job:
                del self._waiting[place]
                return True
        return False

    def close(self) -> None:
        """End the thread; the job that runs has been cancelled before."""
        self._waiting.clear()
        self._thread.shutdown(wait=True)

    def _begin_next(self) -> None:
        if self._busy or not self._waiting:
            return
        self._busy = True
        job, work = self._waiting.popleft()
        future = self._thread.submit(work)
        future.add_done_callback(lambda done: self._done(job, done))
