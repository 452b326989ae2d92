"""Encodes recorded clips a second time, in a scratch folder, and compares the bytes."""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

from attrs import define, evolve, field

from proxx_daemon.executors.executor import Executor
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, JobFailed
from proxx_daemon.jobspec.jobspec import EngineKind
from proxx_daemon.pipeline.asked import asked
from proxx_daemon.pipeline.foreground import ForegroundJob
from proxx_daemon.pipeline.job_run import Submission, new_attempt_id
from proxx_daemon.pipeline.pipeline import Pipeline
from proxx_daemon.plan.plan import ClipPlan
from proxx_daemon.result.difference import first_difference
from proxx_daemon.result.proof import (
    ClipProof,
    Proof,
    ProofFinding,
    ProofVerdict,
    Reason,
    RecordedClip,
    RecordedJob,
    reason,
)
from proxx_daemon.result.proving import nothing_published, placed, silent_volume
from proxx_daemon.result.result import ClipResult
from proxx_daemon.system.bounded import Silent, within
from proxx_daemon.system.cancel import CancelToken

#: what is wrong with the scratch folder rather than with the job
_SCRATCH_CODES: Final = frozenset(
    {
        Code.OUTPUT_NO_SPACE,
        Code.OUTPUT_DIRECTORY_IN_WATCH_FOLDER,
        Code.OUTPUT_DIRECTORY_MISSING,
        Code.OUTPUT_DIRECTORY_NOT_A_DIRECTORY,
        Code.OUTPUT_DIRECTORY_NOT_WRITABLE,
    }
)


@define(kw_only=True)
class Reproduction:
    """Reproduces one job; neither its sources nor its proxies are written to."""

    pipeline: Pipeline
    #: who encodes
    executors: Sequence[Executor]
    #: what was recorded
    job: RecordedJob
    #: existing folder in which a folder of its own is made; None for the system's
    scratch: str | None
    #: where the proxies are now; None for where they were published
    folder: str | None
    #: called when a clip is about to be encoded
    begin: Callable[[RecordedClip], None]
    #: called with each clip as soon as it is decided
    report: Callable[[ClipProof], None]
    #: seconds for each step on a volume, and for one that writes to the disk
    step_seconds: float
    flush_seconds: float
    _cancel: CancelToken = field(factory=CancelToken, init=False)
    _encoding: ForegroundJob | None = field(default=None, init=False)
    #: whether it was asked to stop
    stopped: bool = field(default=False, init=False)

    def stop(self) -> None:
        """End as soon as possible; safe in any thread, but not in a signal handler."""
        self.stopped = True
        self._cancel.cancel()
        if self._encoding is not None:
            self._encoding.stop()

    def run(self) -> Proof:
        """Encode every completed clip again and compare; every reason ends up in the proof."""
        job = self.job
        against = nothing_published(job) or self._profile() or self._engine()
        clips: list[ClipProof] = []
        if against:
            return Proof(reasons=against)
        for clip in job.clips:
            try:
                scratch = tempfile.mkdtemp(prefix="proxx-reproduce-", dir=self.scratch)
            except OSError as error:
                found = _broken(f"No scratch folder can be made: {os.strerror(error.errno or 0)}.")
                return Proof(clips=tuple(clips), reasons=(found,))
            proof = self._clip(clip, scratch)
            if proof.kept_path is None:
                shutil.rmtree(scratch, ignore_errors=True)
            clips.append(proof)
            if self.stopped:
                break
            self.report(proof)
        return Proof(clips=tuple(clips))

    def _profile(self) -> tuple[Reason, ...]:
        job = self.job
        if job.engine_used is None or job.engine_sha256 is None or job.profile_fingerprint is None:
            message = "The result names no engine, no SHA-256 of it, or no profile's fingerprint."
            return (reason(ProofFinding.RECORD_INCOMPLETE, message),)
        if job.engine_used != EngineKind.FFMPEG:
            message = f"The job ran in {job.engine_used}."
            return (reason(ProofFinding.ENGINE_NOT_REPEATABLE, message),)
        profile = self.pipeline.profiles.get(job.profile or "")
        found = "not there" if profile is None else profile.fingerprint
        if found == job.profile_fingerprint:
            return ()
        message = (
            f"Profile '{job.profile}' is {found} in this Proxx; the proxy was made with "
            f"{job.profile_fingerprint} (Proxx {job.proxx_version})."
        )
        return (reason(ProofFinding.PROFILE_DIFFERS, message),)

    def _engine(self) -> tuple[Reason, ...]:
        job = self.job
        try:
            engine = asked(self.step_seconds, self.pipeline.engines.engine, self._cancel)
        except JobFailed as error:
            return _of_failure(error.failure)
        if (engine.sha256, engine.version) == (job.engine_sha256, job.engine_version):
            return ()
        message = (
            f"{engine.tools.ffmpeg} is FFmpeg {engine.version} with the SHA-256 {engine.sha256}; "
            f"the proxy was made with {job.engine_path}, FFmpeg {job.engine_version}, "
            f"{job.engine_sha256}."
        )
        return (reason(ProofFinding.ENGINE_DIFFERS, message),)

    def _clip(self, clip: RecordedClip, scratch: str) -> ClipProof:
        """Prove one clip; a scratch file that differs is kept."""
        proof = ClipProof(index=clip.index, output_path=placed(clip, self.folder))
        try:
            content = self._spec(clip, scratch)
            plan = self.pipeline.validate(
                content, new_attempt_id(), step_seconds=self.step_seconds, cancel=self._cancel
            ).clips[0]
            if not isinstance(plan, ClipPlan):
                raise TypeError("a job of FFmpeg was planned for Resolve")
            against = _plan_differs(clip, plan)
            if against is not None:
                return evolve(proof, reasons=(against,))
            self.begin(clip)
            made = self._encode(content)
        except JobFailed as error:
            return evolve(proof, reasons=_of_failure(error.failure))
        if made.failure is not None:
            return evolve(proof, reasons=(_encode_failed(made.failure),))
        compare = partial(_compare, clip, made, plan, proof)
        try:
            return within(self.step_seconds, compare, self._cancel)
        except Silent as silent:
            path = str(silent) or proof.output_path
            return evolve(proof, reasons=(silent_volume(path),), kept_path=plan.output_path)

    def _spec(self, clip: RecordedClip, scratch: str) -> bytes:
        """Return the job's spec with this clip alone and the scratch folder as its output."""
        document = {
            **self.job.jobspec,
            "sources": [clip.source_path],
            "output_directory": scratch,
            "naming_template": "{index}",
        }
        return json.dumps(document).encode()

    def _encode(self, content: bytes) -> ClipResult:
        """Encode the clip of a spec again; raise JobFailed where the job is refused."""
        self._encoding = ForegroundJob(
            pipeline=self.pipeline,
            executors=self.executors,
            listener=lambda _: None,
            step_seconds=self.step_seconds,
            flush_seconds=self.flush_seconds,
        )
        if self.stopped:
            self._encoding.stop()
        outcome = self._encoding.run(
            Submission(
                attempt_id=new_attempt_id(),
                read=lambda: content,
                claimed_at=datetime.now(UTC),
                claimed_monotonic=time.monotonic(),
            )
        )
        (made,) = outcome.clips
        if outcome.failure is not None and made.failure is None:
            raise JobFailed(outcome.failure)
        return made


def _plan_differs(clip: RecordedClip, plan: ClipPlan) -> Reason | None:
    """Compare what would be done with what was done, source first."""
    if plan.source.fingerprint != clip.source.value:
        return reason(
            ProofFinding.SOURCE_DIFFERS,
            f"'{clip.source_path}' has the fingerprint {plan.source.fingerprint}; the proxy was "
            f"made of {clip.source.value}.",
        )
    # The program may be at another path, but its bytes are the recorded ones. The last argument
    # is the partial file.
    one, other = clip.command[1:-1], plan.argv[1:-1]
    if one != other:
        first = next((a for a, b in zip(one, other, strict=False) if a != b), "its length")
        return reason(
            ProofFinding.COMMAND_DIFFERS, f"The command differs from the recorded '{first}'."
        )
    return None


def _compare(clip: RecordedClip, made: ClipResult, plan: ClipPlan, proof: ClipProof) -> ClipProof:
    """Compare the second encode with the record, and with the proxy if it can be read."""
    digest = "" if made.output_fingerprint is None else made.output_fingerprint.value
    same = digest == clip.sha256
    try:
        difference = first_difference(
            proof.output_path, plan.output_path, container=plan.expectation.container
        )
    except OSError:
        # The record is compared instead; `proxx verify` reports what is wrong with the proxy.
        proof = evolve(proof, output_read=False)
        difference = None
    if same and difference is None:
        return proof
    if same:
        found = reason(
            ProofFinding.OUTPUT_ALTERED,
            f"The second encode has the recorded SHA-256 {digest}; '{proof.output_path}' does not.",
        )
    else:
        found = reason(
            ProofFinding.REENCODE_DIFFERS,
            f"The second encode has the SHA-256 {digest}; {clip.sha256} was published.",
        )
    return evolve(proof, reasons=(found,), difference=difference, kept_path=plan.output_path)


def _of_failure(failed: Failure) -> tuple[Reason, ...]:
    """Pass on why a job would be refused, each problem with its own code."""
    if failed.code in _SCRATCH_CODES:
        return (_broken(failed.message),)
    problems = failed.errors or (failed,)
    return tuple(
        Reason(
            code=str(each.code),
            message=each.message,
            action=each.action if isinstance(each, Failure) else each.advice(),
            verdict=ProofVerdict.IMPOSSIBLE,
        )
        for each in problems
    )


def _encode_failed(failed: Failure) -> Reason:
    if failed.code is Code.SOURCE_CHANGED:
        return reason(ProofFinding.SOURCE_DIFFERS, failed.message)
    return reason(ProofFinding.ENCODE_FAILED, f"{failed.code}: {failed.message} {failed.action}")


def _broken(message: str) -> Reason:
    return reason(ProofFinding.SCRATCH_UNUSABLE, message)
