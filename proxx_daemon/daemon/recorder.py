"""The last state of a job: its result becomes durable, then its spec becomes visible."""

import socket
from datetime import UTC, datetime

import structlog
from attrs import frozen

from proxx_daemon import __version__
from proxx_daemon.daemon.pool import RunningJob
from proxx_daemon.failures.errors import FinalStatus
from proxx_daemon.job.progress import StateEntered
from proxx_daemon.job.states import JobState
from proxx_daemon.result.result import JobOutcome, Transition
from proxx_daemon.result.writing import Provenance, result_document, to_bytes
from proxx_daemon.spool import filing
from proxx_daemon.spool.folders import Filed, Filing, WatchFolder

_LOG = structlog.get_logger()


def result_of(
    outcome: JobOutcome, history: tuple[Transition, ...], provenance: Provenance
) -> bytes:
    """Write the result JSON; the final state is entered at the moment the job was decided."""
    final = Transition(state=outcome.final_state, at=datetime.now(UTC))
    return to_bytes(result_document(outcome, (*history, final), provenance))


@frozen
class Recorder:
    """Files finished jobs of one watch folder."""

    folder: WatchFolder

    def record(self, job: RunningJob, outcome: JobOutcome, *, again: bool) -> Filed:
        """Take a job whose outcome is known through RECORDING to its end.

        `again`: an earlier call failed half-way. Raises OSError when the folder's disk fails;
        the spec is then still in running/.
        """
        if job.lifecycle.state != JobState.RECORDING:
            recording = StateEntered(state=JobState.RECORDING, at=datetime.now(UTC))
            job.lifecycle.enter(recording)
        filed = self._file(job, outcome, again=again)
        job.lifecycle.enter_unwritten(StateEntered(state=outcome.final_state, at=datetime.now(UTC)))
        job.journal.close()
        try:
            job.journal.remove()
        except OSError as error:
            # The job is over and filed; the next start removes what is left of its notes.
            _LOG.warning("notes_kept", attempt_id=job.attempt_id, reason=str(error))
        return filed

    def _file(self, job: RunningJob, outcome: JobOutcome, *, again: bool) -> Filed:
        name, log_path = job.claim.name, job.journal.log_path
        if again:
            found = filing.find_result(self.folder, name, job.attempt_id)
            if found is not None:
                return filing.move_beside(self.folder, name, *found, log_path)
        provenance = Provenance(
            proxx_version=__version__,
            host=socket.gethostname(),
            worker=job.worker,
            attempt_id=job.attempt_id,
            spec_name=job.claim.name,
        )
        done = outcome.status is FinalStatus.COMPLETED
        return filing.file_job(
            self.folder,
            name,
            Filing.COMPLETED if done else Filing.FAILED,
            result_of(outcome, job.lifecycle.history, provenance),
            log_path,
        )
