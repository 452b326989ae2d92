"""Carries out one plan that comes through stdin and tells its events through stdout."""

import os
import signal
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from pipe_executor import receive, send

from proxx_daemon.executors.executor import Attempt, Ended, ExecutionEvent
from proxx_daemon.executors.ffmpeg import FfmpegExecutor
from proxx_daemon.system.child import RunLimits


def main() -> None:
    plan, attempt_id, job_id, engine, keep_descriptors = next(receive(sys.stdin.buffer))
    executor = FfmpegExecutor(
        slots=1, limits=RunLimits(wall_seconds=3600, stall_seconds=300), probe_seconds=120
    )
    ended = threading.Event()

    def tell(event: ExecutionEvent) -> None:
        try:
            send(sys.stdout.buffer, event)
        except OSError:
            # Whoever asked is gone, and the engine goes with this process group.
            os._exit(1)
        if isinstance(event, Ended):
            ended.set()

    signal.signal(signal.SIGTERM, lambda *_: executor.cancel(attempt_id))
    executor.start(
        plan,
        Attempt(
            attempt_id=attempt_id,
            job_id=job_id,
            engine=engine,
            tell=tell,
            keep_descriptors=keep_descriptors,
        ),
    )
    while not ended.wait(1):
        pass
    executor.close()


if __name__ == "__main__":
    main()
