"""The last state of a job: its result becomes durable, then its spec becomes visible."""

import socket
from datetime import UTC, datetime

from attrs import evolve

from proxx_daemon import __version__
from proxx_daemon.daemon.pool import RunningJob
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, FinalStatus
from proxx_daemon.job.progress import StateEntered
from proxx_daemon.job.states import JobState
from proxx_daemon.result.result import ClipResult, JobOutcome, Transition
from proxx_daemon.result.writing import Provenance, result_document, to_bytes
from proxx_daemon.spool import filing
from proxx_daemon.spool.folders import Filed, Filing, WatchFolder


def as_decided(job: RunningJob, outcome: JobOutcome) -> JobOutcome:
    """Return the outcome with the failure that only the supervisor knows.

    A job whose journal failed has that failure. A job that an operator cancelled is CANCELLED
    if the cancel ended it: a job that had failed before keeps its reason, and a completed job
    is completed.
    """
    if outcome.failure is None:
        return outcome
    if job.doomed is not None:
        return evolve(outcome, failure=job.doomed)
    if job.cancelled is None or outcome.failure.code is not Code.INTERRUPTED:
        return outcome
    clips = tuple(_cancelled(clip, job.cancelled) for clip in outcome.clips)
    return evolve(outcome, failure=job.cancelled, clips=clips)


def _cancelled(clip: ClipResult, reason: Failure) -> ClipResult:
    ended = clip.failure is not None and clip.failure.code is Code.INTERRUPTED
    return evolve(clip, failure=reason) if ended else clip


def result_of(
    outcome: JobOutcome,
    history: tuple[Transition, ...],
    *,
    worker: str,
    attempt_id: str,
    spec_name: str | None,
) -> bytes:
    """Write the result JSON; the final state is entered at the moment the job was decided."""
    final = Transition(state=outcome.final_state, at=datetime.now(UTC))
    provenance = Provenance(
        proxx_version=__version__,
        host=socket.gethostname(),
        worker=worker,
        attempt_id=attempt_id,
        spec_name=spec_name,
    )
    return to_bytes(result_document(outcome, (*history, final), provenance))


def record(folder: WatchFolder, job: RunningJob, outcome: JobOutcome, *, again: bool) -> Filed:
    """Take a job whose outcome is known through RECORDING to its end.

    `again`: an earlier call failed half-way. Raise OSError when the folder's disk fails; the spec
    is then still in running/.
    """
    if job.lifecycle.state != JobState.RECORDING:
        job.lifecycle.enter(StateEntered(state=JobState.RECORDING, at=datetime.now(UTC)))
    filed = _file(folder, job, outcome, again=again)
    job.lifecycle.enter_unwritten(StateEntered(state=outcome.final_state, at=datetime.now(UTC)))
    job.remove_notes()
    return filed


def _file(folder: WatchFolder, job: RunningJob, outcome: JobOutcome, *, again: bool) -> Filed:
    name, log_path = job.claim.name, job.journal.log_path
    found = filing.find_result(folder, name, job.attempt_id) if again else None
    if found is not None:
        return filing.move_beside(folder, name, *found, log_path)
    history, attempt_id = job.lifecycle.history, job.attempt_id
    content = result_of(outcome, history, worker=job.worker, attempt_id=attempt_id, spec_name=name)
    done = outcome.status is FinalStatus.COMPLETED
    to = Filing.COMPLETED if done else Filing.FAILED
    return filing.file_job(folder, name, to, content, log_path)
