"""Pools of threads that all run from the start: a job that has begun never lacks one."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

from proxx_daemon.failures.errors import FatalError


def thread_pool(size: int, name: str) -> ThreadPoolExecutor:
    """Return a pool with that many running threads. Raise FatalError if the system refuses one."""
    pool = ThreadPoolExecutor(max_workers=size, thread_name_prefix=name)
    all_run = Event()
    try:
        for _ in range(size):
            # Each is busy until the last one runs: so each of these needs a thread of its own.
            pool.submit(all_run.wait)
    except RuntimeError as error:
        raise no_threads() from error
    finally:
        all_run.set()
    return pool


def no_threads() -> FatalError:
    """Return the error of a process that may start no more threads."""
    return FatalError(
        "this process may start no more threads. Raise the limit of processes and threads "
        "(TasksMax= of the unit, ulimit -u), or end other programs of this user."
    )
