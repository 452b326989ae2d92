"""Leaves a watch folder as a daemon that died at a chosen step would: by its own code."""

import hashlib
import json
import os
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attrs import define, evolve, field
from spool_place import drop, prepared
from unit.records import source

from proxx_daemon.daemon.startup import settle_attempts
from proxx_daemon.executors.executor import Executor
from proxx_daemon.job.progress import StateEntered
from proxx_daemon.job.states import JobState
from proxx_daemon.output import publication
from proxx_daemon.output.seal import seal
from proxx_daemon.plan.plan import ClipPlan, Expectation
from proxx_daemon.result.result import ClipResult, ClipStatus, unattempted
from proxx_daemon.source.fingerprint import Fingerprint
from proxx_daemon.source.hashing import sha256_of
from proxx_daemon.spool import recovery
from proxx_daemon.spool.folders import Claim, Filed, WatchFolder
from proxx_daemon.spool.journal import AttemptJournal

PICTURE = b"moving pictures"


def result_of(attempt_id: str, name: str = "job.json", **changes: Any) -> bytes:
    """Return as much of a result as recovery looks at."""
    metadata = {"attempt_id": attempt_id, "spec_name": name}
    return json.dumps({"final_status": "COMPLETED", "_metadata": metadata, **changes}).encode()


def clip_plan(index: int, proxies: Path) -> ClipPlan:
    """Plan a clip that goes to a folder of the test."""
    return ClipPlan(
        index=index,
        source=evolve(source(), path=f"/media/A00{index}.mov"),
        output_path=str(proxies / f"A00{index}.mp4"),
        partial_path=str(proxies / f".A00{index}.mp4.partial"),
        resolved_tokens={"source_name": f"A00{index}"},
        argv=("ffmpeg", "-i", f"/media/A00{index}.mov"),
        expectation=Expectation(
            container="mp4",
            codec_name="h264",
            codec_profile=None,
            width=960,
            height=540,
            pixel_format=None,
            frame_count=240,
            rate=None,
            duration=source().duration,
            audio_channels=(2,),
            audio_codecs=("aac",),
        ),
        transformation="a" * 64,
    )


def completed(clip: ClipPlan, content: bytes = PICTURE) -> ClipResult:
    """Return the result of that clip at the moment of its publication."""
    now = datetime.now(UTC)
    return evolve(
        unattempted(clip),
        status=ClipStatus.COMPLETED,
        exit_code=0,
        started_at=now,
        completed_at=now,
        duration_seconds=1.5,
        output_size_bytes=len(content),
        output_fingerprint=Fingerprint(method="sha256", value=hashlib.sha256(content).hexdigest()),
    )


def filed_of(done: recovery.Recovered) -> Filed:
    """Return where a recovered job was filed."""
    assert done.filed is not None
    return done.filed


@define
class CrashSite:
    """One watch folder, one job on its way, and a folder for its proxies."""

    root: Path
    folder: WatchFolder = field(init=False)
    proxies: Path = field(init=False)
    journal: AttemptJournal = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Make the folders."""
        self.folder = prepared(self.root / "watch")
        self.proxies = self.root / "proxies"
        self.proxies.mkdir()

    def claim(self, name: str = "job.json", **fields: Any) -> Claim:
        """Take the job up to its claim."""
        spec = {
            "job_id": "job-1",
            "sources": ["/media/A000.mov", "/media/A001.mov"],
            "output_directory": str(self.proxies),
            **fields,
        }
        drop(self.folder, name, spec)
        claim = self.folder.claim(name)
        assert claim.descriptor is not None
        os.close(claim.descriptor)
        return claim

    def open(self) -> AttemptJournal:
        """Open a journal, as is done before the spec is read."""
        self.journal = AttemptJournal(self.folder, uuid.uuid4().hex)
        self.journal.open()
        for state in (JobState.CLAIMED, JobState.VALIDATING):
            self.journal.state(StateEntered(state=state, at=datetime.now(UTC)))
        return self.journal

    def begin(self, name: str = "job.json") -> AttemptJournal:
        """Take the job up to its attempt record."""
        claim = self.claim(name)
        journal = self.open()
        journal.started(claim.name, claim.file_id, "0" * 64)
        return journal

    def plan(self, count: int = 2) -> list[ClipPlan]:
        """Take the job up to its plan."""
        journal = self.begin()
        clips = [clip_plan(index, self.proxies) for index in range(count)]
        journal.planned(clips)
        return clips

    def encode(self, clip: ClipPlan, content: bytes = PICTURE) -> None:
        """Leave the partial file."""
        Path(clip.partial_path).write_bytes(content)

    def publish(self, clip: ClipPlan) -> None:
        """Take a clip to its final name."""
        self.encode(clip)
        seal(clip.partial_path, sha256_of)
        publication.publish(
            clip.partial_path,
            clip.output_path,
            record=lambda: self.journal.publishing(completed(clip)),
        )

    def recover(self, *executors: Executor) -> list[recovery.Recovered]:
        """Let the next daemon start, with these executors."""
        settle_attempts(self.folder, executors)
        return list(recovery.Recovery(self.folder).begin())

    def names(self, place: str) -> list[str]:
        """List a folder of the watch folder."""
        return sorted(os.listdir(Path(self.folder.root) / place))

    def result(self, place: str = "failed", stem: str = "job") -> dict[str, Any]:
        """Read a filed result."""
        path = Path(self.folder.root) / place / f"{stem}.result.json"
        document: dict[str, Any] = json.loads(path.read_bytes())
        return document
