"""Checks whether a machine, and a folder on it, are fit for Proxx: `proxx doctor`.

Each check answers with what was found and, where that is not good enough, what to do. The file
system is tried out with files of its own in a folder that is removed afterwards.
"""

import os
import platform
import resource
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Final

import psutil
from attrs import frozen

from proxx_daemon.engines.engine import Engine
from proxx_daemon.engines.ffmpeg.selection import FfmpegSelection
from proxx_daemon.engines.resolve.local import LocalResolve
from proxx_daemon.failures.errors import FatalError, JobFailed
from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.source.matrix import DECODERS
from proxx_daemon.spool import folders, lock
from proxx_daemon.spool.folders import Filing, WatchFolder
from proxx_daemon.spool.watcher import Hint, Watcher
from proxx_daemon.spool.writers import WriterDetector
from proxx_daemon.system import durable

_GIB: Final = 1024**3
#: bytes that should be free for notes and results; proxies are checked per job
_ROOM: Final = _GIB
_DESCRIPTORS: Final = 512


class Fitness(StrEnum):
    """How a check ended."""

    #: it is as it should be
    OK = "ok"
    #: Proxx works, and something is worth knowing
    NOTE = "note"
    #: Proxx, or a part of its work, cannot be done
    FAIL = "fail"


@frozen(kw_only=True)
class CheckFinding:
    """The answer of one check."""

    #: what was checked, constant
    check: str
    #: how it ended
    verdict: Fitness
    #: what was found
    found: str
    #: what to do; None where nothing is to be done
    action: str | None = None


def machine(
    engines: FfmpegSelection, resolve: LocalResolve, profiles: Mapping[str, CanonicalProfile]
) -> Iterator[CheckFinding]:
    """Check what every job on this machine needs."""
    yield _python()
    yield _descriptors()
    try:
        engine = engines.engine()
    except JobFailed as error:
        reason = error.failure
        yield CheckFinding(
            check="ffmpeg", verdict=Fitness.FAIL, found=reason.message, action=reason.action
        )
    else:
        yield CheckFinding(
            check="ffmpeg",
            verdict=Fitness.OK,
            found=f"{engine.tools.ffmpeg} ({engine.tools.origin}), version {engine.version}, "
            f"SHA-256 {engine.sha256}",
        )
        yield _encoders(engine, profiles)
        yield _decoders(engine)
    yield from _resolve(resolve, profiles)


def _python() -> CheckFinding:
    return CheckFinding(
        check="python",
        verdict=Fitness.OK,
        found=f"{platform.python_version()} on {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} processors, {psutil.virtual_memory().total / _GIB:.1f} GiB of memory",
    )


def _descriptors() -> CheckFinding:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = soft == resource.RLIM_INFINITY or soft >= _DESCRIPTORS
    return CheckFinding(
        check="open files",
        verdict=Fitness.OK if enough else Fitness.FAIL,
        found=f"at most {soft}",
        action=None if enough else f"Raise the limit to {_DESCRIPTORS} or more (ulimit -n).",
    )


def _encoders(engine: Engine, profiles: Mapping[str, CanonicalProfile]) -> CheckFinding:
    lacking = {
        profile.name: sorted(needed)
        for profile in profiles.values()
        if profile.ffmpeg is not None and (needed := _needed(profile) - engine.encoders)
    }
    served = sum(profile.ffmpeg is not None for profile in profiles.values())
    if not lacking:
        return CheckFinding(
            check="encoders",
            verdict=Fitness.OK,
            found=f"this build has those of all {served} FFmpeg profiles",
        )
    facts = "; ".join(f"{name} lacks {', '.join(what)}" for name, what in lacking.items())
    return CheckFinding(
        check="encoders",
        verdict=Fitness.FAIL,
        found=facts,
        action="Use a build with them, such as that of `pip install 'proxx[ffmpeg]'`.",
    )


def _needed(profile: CanonicalProfile) -> set[str]:
    needed = {profile.ffmpeg.encoder} if profile.ffmpeg else set()
    return needed | ({profile.audio.encoder} - {"copy"})


def _decoders(engine: Engine) -> CheckFinding:
    lacking = sorted(
        codec for codec, decoders in DECODERS.items() if not decoders & engine.decoders
    )
    if not lacking:
        return CheckFinding(
            check="decoders",
            verdict=Fitness.OK,
            found=f"this build has those of all {len(DECODERS)} source codecs",
        )
    return CheckFinding(
        check="decoders",
        # Jobs with other sources run all the same.
        verdict=Fitness.NOTE,
        found=f"none for {', '.join(lacking)}; such sources fail as ENGINE_LACKS_DECODER",
        action="Where such sources come: use a build with those decoders.",
    )


def _resolve(
    local: LocalResolve, profiles: Mapping[str, CanonicalProfile]
) -> Iterator[CheckFinding]:
    """Ask DaVinci Resolve who it is and which presets it has; nothing is changed in it.

    A machine without it is fit: it takes the jobs of the FFmpeg profiles.
    """
    needed = {each.resolve_preset: name for name, each in profiles.items() if each.resolve_preset}
    try:
        engine = local.check()
    except JobFailed as error:
        reason = error.failure
        yield CheckFinding(
            check="resolve",
            verdict=Fitness.NOTE,
            found=f"{reason.code}: {reason.message} Jobs of {len(needed)} profiles will fail so.",
            action=f"Where camera RAW comes: {reason.action}",
        )
        return
    yield CheckFinding(
        check="resolve",
        verdict=Fitness.OK,
        found=f"{engine.product} {engine.version}, scripting in {engine.installation.modules}",
    )
    there = engine.presets or ()
    lacking = sorted(preset for preset in needed if preset not in there)
    yield CheckFinding(
        check="resolve presets",
        verdict=Fitness.NOTE if lacking else Fitness.OK,
        found=f"there: {', '.join(sorted(set(needed) & set(there))) or 'none'}"
        + (f"; missing: {', '.join(lacking)}" if lacking else ""),
        action="docs/resolve.md says how to make them." if lacking else None,
    )


def watch_folder(path: str) -> Iterator[CheckFinding]:
    """Check a folder, and the file system below it, with files of its own."""
    folder = WatchFolder(os.path.abspath(path))
    if not path or not os.path.isdir(folder.root):
        yield CheckFinding(
            check="folder",
            verdict=Fitness.FAIL,
            found=f"{folder.root} is not a folder",
            action="Create it, or mount its volume.",
        )
        return
    trial = os.path.join(folder.root, f".proxx-doctor-{os.getpid()}.tmp")
    try:
        os.mkdir(trial, 0o700)
    except OSError as error:
        yield CheckFinding(
            check="folder",
            verdict=Fitness.FAIL,
            found=f"{folder.root} cannot be written: {os.strerror(error.errno or 0)}",
            action="Give the user that runs Proxx permission there, or free space.",
        )
        return
    try:
        yield _layout(folder)
        yield _renames(trial)
        yield _flushes(trial)
        yield _leases(trial)
        yield _events(trial)
    finally:
        shutil.rmtree(trial, ignore_errors=True)
    yield _space(folder)
    yield _served(folder)


def _layout(folder: WatchFolder) -> CheckFinding:
    parts = [folder.pending, folder.running, *(folder.filed(filing) for filing in Filing)]
    there = [part for part in parts if os.path.isdir(part)]
    closed = [part for part in there if not os.access(part, os.R_OK | os.W_OK | os.X_OK)]
    try:
        folders.check_renames(there or [folder.root])
    except FatalError as error:
        return CheckFinding(check="folder", verdict=Fitness.FAIL, found=str(error))
    if closed:
        return CheckFinding(
            check="folder",
            verdict=Fitness.FAIL,
            found=f"this user cannot write in {', '.join(closed)}",
            action="Run this as the user of the daemon; give that user permission there.",
        )
    state = "all parts are there" if len(there) == len(parts) else "`proxx watch` makes the parts"
    return CheckFinding(
        check="folder",
        verdict=Fitness.OK,
        found=f"{folder.root} on {_file_system(folder.root)}; {state}",
    )


def _file_system(path: str) -> str:
    """Give type and mount point of the file system that a path lies on."""
    real = Path(os.path.realpath(path))
    with suppress(psutil.Error, OSError, ValueError):
        mounts = [
            part
            for part in psutil.disk_partitions(all=True)
            if real.is_relative_to(part.mountpoint)
        ]
        best = max(mounts, key=lambda part: len(part.mountpoint))
        return f"{best.fstype} at {best.mountpoint}"
    return "an unknown file system"


def _renames(trial: str) -> CheckFinding:
    one, other, third = (os.path.join(trial, name) for name in "abc")
    refused: list[int] = []

    def native(source: bytes, target: bytes) -> int:
        number = durable.native_rename(source, target)
        refused.append(number)
        return number

    def act() -> str:
        for path in (one, other):
            Path(path).write_bytes(b"")
        durable.rename_noreplace(one, third, native=native)
        with suppress(FileExistsError):
            durable.rename_noreplace(third, other)
            raise OSError("a rename replaced another file")
        return (
            "one step, and never over another file"
            if refused == [0]
            else "by hard link, in two steps; a crash between them is undone at the next start"
        )

    return _tried("rename", act, "Use a local file system, or another kind of share.")


def _flushes(trial: str) -> CheckFinding:
    def act() -> str:
        durable.put(trial, trial, "flushed", b"proxx")
        return "files and folders are flushed"

    return _tried("fsync", act, "Use a volume that can flush; without it a crash loses results.")


def _leases(trial: str) -> CheckFinding:
    if WriterDetector(trial).usable:
        return CheckFinding(
            check="writers", verdict=Fitness.OK, found="the kernel tells who still writes a spec"
        )
    return CheckFinding(
        check="writers",
        verdict=Fitness.NOTE,
        found="it cannot be told who still writes a spec; the settle time decides",
        action="Have specs written elsewhere on the volume and renamed into pending/.",
    )


def _events(trial: str) -> CheckFinding:
    def hear(_hint: Hint) -> None:
        """Nothing is to be heard."""

    watcher = Watcher({trial: hear})
    works = watcher.start()
    watcher.stop()
    if works:
        return CheckFinding(check="events", verdict=Fitness.OK, found="the folder can be watched")
    return CheckFinding(
        check="events",
        verdict=Fitness.NOTE,
        found="the system gives no events; the scan finds specs all the same",
        action="Raise fs.inotify.max_user_watches and max_user_instances (Linux).",
    )


def _space(folder: WatchFolder) -> CheckFinding:
    try:
        free = shutil.disk_usage(folder.root).free
    except OSError as error:
        return CheckFinding(check="space", verdict=Fitness.FAIL, found=str(error))
    enough = free >= _ROOM
    return CheckFinding(
        check="space",
        verdict=Fitness.OK if enough else Fitness.NOTE,
        found=f"{free / _GIB:.1f} GiB free in the watch folder's volume",
        action=None if enough else "Free space: results and notes need little, proxies much.",
    )


def _served(folder: WatchFolder) -> CheckFinding:
    served = lock.is_served(os.path.join(folder.state, "lock"))
    words = {True: "a daemon serves it", False: "no daemon serves it", None: "it cannot be told"}
    return CheckFinding(check="daemon", verdict=Fitness.OK, found=words[served])


def _tried(check: str, act: Callable[[], str], action: str) -> CheckFinding:
    try:
        return CheckFinding(check=check, verdict=Fitness.OK, found=act())
    except OSError as error:
        found = str(error.strerror or error)
        return CheckFinding(check=check, verdict=Fitness.FAIL, found=found, action=action)
