"""What a job has reached counts when its thread waits for a volume that does not answer."""

import hashlib
import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from attrs import evolve
from integration.clip_maker import plain
from unit.records import document

from proxx_daemon.engines.ffmpeg.selection import FfmpegSelection
from proxx_daemon.engines.resolve.local import LocalResolve
from proxx_daemon.executors.executor import ClipSealed, Ended, JobBegun
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import FinalStatus
from proxx_daemon.pipeline.context import ForegroundContext
from proxx_daemon.pipeline.job_run import JobRun, Submission
from proxx_daemon.pipeline.pipeline import Pipeline
from proxx_daemon.plan.plan import PlannedClip
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.result.result import ClipStatus, unattempted
from proxx_daemon.source.fingerprint import OUTPUT_METHOD, Fingerprint
from proxx_daemon.system import storage

_PROXY = b"a proxy"


@pytest.fixture
def run(tmp_path: Path) -> JobRun:
    """Return a planned job of two clips."""
    sources = [plain(tmp_path / f"{name}.mov") for name in "ab"]
    (tmp_path / "proxies").mkdir()
    asked = document(
        sources=list(map(str, sources)),
        output_directory=str(tmp_path / "proxies"),
        naming_template="{source_name}_proxy",
    )
    submission = Submission(
        attempt_id="attempt",
        read=json.dumps(asked).encode,
        claimed_at=datetime.now(UTC),
        claimed_monotonic=time.monotonic(),
    )
    pipeline = Pipeline(
        profiles=profiles(),
        engines=FfmpegSelection(None, os.environ),
        resolve=LocalResolve(environment={}),
        probe_seconds=60,
    )
    context = ForegroundContext(listener=lambda _: None)
    run = JobRun(pipeline=pipeline, submission=submission, context=context)
    failed = run.prepare()
    assert failed is None, failed
    run.tell(JobBegun())
    return run


def _sealed(clip: PlannedClip) -> ClipSealed:
    partial = Path(clip.partial_path)
    partial.parent.mkdir(exist_ok=True)
    partial.write_bytes(_PROXY)
    digest = Fingerprint(method=OUTPUT_METHOD, value=hashlib.sha256(_PROXY).hexdigest())
    done = evolve(unattempted(clip), status=ClipStatus.COMPLETED, output_fingerprint=digest)
    return ClipSealed(clip=done, partial_path=clip.partial_path, identity=None)


def test_a_job_whose_proxies_are_all_published_is_completed(run: JobRun) -> None:
    assert run.plan is not None
    for clip in run.plan.clips:
        run.tell(_sealed(clip))
    with storage.work_for(run.errand):
        outcome = run.left(stopped=False)
        with pytest.raises(storage.LeftBehind):
            run.tell(Ended(failure=None))
    assert (outcome.status, outcome.failure) == (FinalStatus.COMPLETED, None)
    assert all(Path(clip.output_path).read_bytes() == _PROXY for clip in run.plan.clips)


def test_a_job_with_a_proxy_to_make_fails_with_that_clip(run: JobRun) -> None:
    assert run.plan is not None
    first, second = run.plan.clips
    run.tell(_sealed(first))
    with storage.work_for(run.errand):
        outcome = run.left(stopped=False)
        # Its volume answers again.
        with pytest.raises(storage.LeftBehind):
            run.tell(_sealed(second))
    assert outcome.failure is not None
    assert outcome.failure.code is Code.STORAGE_STALLED
    assert [clip.status for clip in outcome.clips] == [ClipStatus.COMPLETED, ClipStatus.FAILED]
    assert not Path(second.output_path).exists()
