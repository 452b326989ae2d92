"""Checks whether Proxx can work on this machine, and in a folder on it: `proxx doctor`.

Each check returns what was found and, if that is not good enough, what to do. The file system
is tested with temporary files in a folder that is removed afterwards.
"""

import os
import platform
import resource
import shlex
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Final

import psutil
from attrs import frozen

from proxx_daemon.documents.strict_json import printable
from proxx_daemon.engines.engine import Engine
from proxx_daemon.engines.ffmpeg.selection import FfmpegSelection
from proxx_daemon.engines.resolve.local import LocalResolve
from proxx_daemon.failures.errors import FatalError, JobFailed
from proxx_daemon.monitor import published_status
from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.source.matrix import DECODERS
from proxx_daemon.spool import folders, leftovers, lock
from proxx_daemon.spool.folders import Filing, WatchFolder
from proxx_daemon.spool.watcher import Watcher
from proxx_daemon.spool.writers import WriterDetector
from proxx_daemon.system import durable

_GIB: Final = 1024**3
#: bytes that should be free for notes and results; proxies are checked per job
_ROOM: Final = _GIB
_DESCRIPTORS: Final = 512


class Fitness(StrEnum):
    """How a check ended."""

    #: nothing is wrong
    OK = "ok"
    #: Proxx works; something is worth knowing
    NOTE = "note"
    #: Proxx cannot work, or only in part
    FAIL = "fail"


@frozen(kw_only=True)
class CheckFinding:
    """The result of one check."""

    #: what was checked, constant
    check: str
    #: how it ended
    verdict: Fitness
    #: what was found
    found: str
    #: what to do; None if there is nothing to do
    action: str | None = None


def _ok(check: str, found: str) -> CheckFinding:
    return CheckFinding(check=check, verdict=Fitness.OK, found=found)


def _note(check: str, found: str, action: str) -> CheckFinding:
    return CheckFinding(check=check, verdict=Fitness.NOTE, found=found, action=action)


def _fail(check: str, found: str, action: str | None = None) -> CheckFinding:
    return CheckFinding(check=check, verdict=Fitness.FAIL, found=found, action=action)


def machine(
    engines: FfmpegSelection, resolve: LocalResolve, profiles: Mapping[str, CanonicalProfile]
) -> Iterator[CheckFinding]:
    """Check what every job on this machine needs."""
    yield _python()
    yield _descriptors()
    try:
        engine = engines.engine()
    except JobFailed as error:
        yield _fail("ffmpeg", error.failure.message, error.failure.action)
    else:
        program = f"{engine.tools.ffmpeg} ({engine.tools.origin}), version {engine.version}"
        yield _ok("ffmpeg", f"{program}, SHA-256 {engine.sha256}")
        yield _ok("ffprobe", f"{engine.ffprobe.path}, SHA-256 {engine.ffprobe.sha256}")
        yield _encoders(engine, profiles)
        yield _decoders(engine)
    yield from _resolve(resolve, profiles)


def _python() -> CheckFinding:
    return _ok(
        "python",
        f"{platform.python_version()} on {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} processors, {psutil.virtual_memory().total / _GIB:.1f} GiB of memory",
    )


def _descriptors() -> CheckFinding:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= _DESCRIPTORS:
        return _ok("open files", f"at most {soft}")
    action = f"Raise the limit to {_DESCRIPTORS} or more (ulimit -n)."
    return _fail("open files", f"at most {soft}", action)


def _encoders(engine: Engine, profiles: Mapping[str, CanonicalProfile]) -> CheckFinding:
    needed = {
        each.name: {each.ffmpeg.encoder, each.audio.encoder} - {"copy"}
        for each in profiles.values()
        if each.ffmpeg is not None
    }
    lacking = [
        f"{name} lacks {', '.join(sorted(encoders - engine.encoders))}"
        for name, encoders in needed.items()
        if encoders - engine.encoders
    ]
    if not lacking:
        return _ok("encoders", f"this build has the encoders of all {len(needed)} FFmpeg profiles")
    action = "Use a build that has them, such as that of the extra `ffmpeg` of proxx-daemon."
    return _fail("encoders", "; ".join(lacking), action)


def _decoders(engine: Engine) -> CheckFinding:
    lacking = sorted(codec for codec, those in DECODERS.items() if not those & engine.decoders)
    if not lacking:
        return _ok("decoders", f"this build has decoders for all {len(DECODERS)} source codecs")
    # Jobs with other sources still run.
    return _note(
        "decoders",
        f"none for {', '.join(lacking)}; such sources fail as ENGINE_LACKS_DECODER",
        "If you need such sources, use a build with those decoders.",
    )


def _resolve(
    local: LocalResolve, profiles: Mapping[str, CanonicalProfile]
) -> Iterator[CheckFinding]:
    """Ask DaVinci Resolve for its version and presets; nothing is changed in it.

    A machine without it is fit: it can run the jobs of the FFmpeg profiles.
    """
    needed = {each.resolve_preset: name for name, each in profiles.items() if each.resolve_preset}
    try:
        engine = local.check()
    except JobFailed as error:
        reason = error.failure
        found = (
            f"{reason.code}: {reason.message} Jobs of {len(needed)} profiles will fail with this "
            "code."
        )
        yield _note("resolve", found, f"If you need camera RAW: {reason.action}")
        return
    yield _ok(
        "resolve", f"{engine.product} {engine.version}, scripting in {engine.installation.modules}"
    )
    present = engine.presets or ()
    lacking = sorted(preset for preset in needed if preset not in present)
    found = f"found: {', '.join(sorted(set(needed) & set(present))) or 'none'}"
    if lacking:
        found += f"; missing: {', '.join(lacking)}"
        yield _note("resolve presets", found, "Create them as docs/how-to/resolve.md describes.")
    else:
        yield _ok("resolve presets", found)


def watch_folder(path: str) -> Iterator[CheckFinding]:
    """Check a folder, and its file system with temporary files."""
    folder = WatchFolder(os.path.abspath(path))
    if not path or not os.path.isdir(folder.root):
        yield _fail("folder", f"{folder.root} is not a folder", "Create it, or mount its volume.")
        return
    trial = os.path.join(folder.root, f".proxx-doctor-{os.getpid()}.tmp")
    try:
        os.mkdir(trial, 0o700)
    except OSError as error:
        yield _fail(
            "folder",
            f"{folder.root} cannot be written: {os.strerror(error.errno or 0)}",
            "Give the user that runs Proxx permission there, or free some space.",
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
    yield _leftovers(folder)
    yield _served(folder)


def _layout(folder: WatchFolder) -> CheckFinding:
    parts = [folder.pending, folder.running, *(folder.filed(filing) for filing in Filing)]
    there = [part for part in parts if os.path.isdir(part)]
    closed = [part for part in there if not os.access(part, os.R_OK | os.W_OK | os.X_OK)]
    try:
        folders.check_renames(there or [folder.root])
    except FatalError as error:
        return _fail("folder", str(error))
    if closed:
        return _fail(
            "folder",
            f"this user cannot write in {', '.join(closed)}",
            "Run this as the daemon's user, and give that user permission there.",
        )
    complete = len(there) == len(parts)
    state = "all subfolders exist" if complete else "`proxx watch` creates the subfolders"
    return _ok("folder", f"{folder.root} on {_file_system(folder.root)}; {state}")


def _file_system(path: str) -> str:
    """Return type and mount point of the file system that holds a path."""
    real = Path(os.path.realpath(path))
    with suppress(psutil.Error, OSError, ValueError):
        mounts = psutil.disk_partitions(all=True)
        holding = (each for each in mounts if real.is_relative_to(each.mountpoint))
        best = max(holding, key=lambda part: len(part.mountpoint))
        return f"{best.fstype} at {best.mountpoint}"
    return "an unknown file system"


def _renames(trial: str) -> CheckFinding:
    one, other, third = (os.path.join(trial, name) for name in "abc")
    errors: list[int] = []

    def native(source: bytes, target: bytes) -> int:
        errors.append(durable.native_rename(source, target))
        return errors[-1]

    def act() -> str:
        for path in (one, other):
            Path(path).write_bytes(b"")
        durable.rename_noreplace(one, third, native=native)
        with suppress(FileExistsError):
            durable.rename_noreplace(third, other)
            raise OSError("a rename replaced another file")
        if errors == [0]:
            return "atomic, and never replaces another file"
        return "by hard link, in two steps; the next start repairs a crash between them"

    return _tried("rename", act, "Use a local file system, or another kind of network share.")


def _flushes(trial: str) -> CheckFinding:
    def act() -> str:
        durable.put(trial, trial, "flushed", b"proxx")
        return "files and folders are flushed"

    action = "Use a volume that supports fsync; without it a crash can lose results."
    return _tried("fsync", act, action)


def _leases(trial: str) -> CheckFinding:
    if WriterDetector(trial).usable:
        return _ok("writers", "the kernel reports specs that are still open")
    return _note(
        "writers",
        "the kernel does not report specs that are still open; only the settle time decides",
        "Write specs elsewhere on the volume, then rename them into pending/.",
    )


def _events(trial: str) -> CheckFinding:
    watcher = Watcher({trial: lambda _hint: None})
    works = watcher.start()
    watcher.stop()
    if works:
        return _ok("events", "the folder can be watched")
    return _note(
        "events",
        "the system reports no changes; the periodic scan still finds specs",
        "Raise fs.inotify.max_user_watches and max_user_instances (Linux).",
    )


def _space(folder: WatchFolder) -> CheckFinding:
    try:
        free = shutil.disk_usage(folder.root).free
    except OSError as error:
        return _fail("space", str(error))
    found = f"{free / _GIB:.1f} GiB free in the watch folder's volume"
    if free >= _ROOM:
        return _ok("space", found)
    return _note("space", found, "Free some space on that volume.")


def _leftovers(folder: WatchFolder) -> CheckFinding:
    """Count the partial files of failed jobs: they take space until somebody removes them."""
    try:
        sizes = [each.size for each in leftovers.find(folder)]
    except FileNotFoundError:
        # No daemon ever served it.
        sizes = []
    except OSError as error:
        return _note("partial files", f"unknown: {error}", "Run this as the daemon's user.")
    found = f"{len(sizes)} of failed jobs, {sum(sizes):,} bytes"
    if not sizes:
        return _ok("partial files", found)
    action = f"If nobody needs them for a look: proxx discard {shlex.quote(folder.root)}"
    return _note("partial files", found, action)


def _served(folder: WatchFolder) -> CheckFinding:
    served = lock.is_served(os.path.join(folder.state, "lock"))
    if served is None:
        return _ok("daemon", "unknown whether a daemon serves it")
    if not served:
        return _ok("daemon", "no daemon serves it")
    with suppress(PermissionError):
        facts = published_status.read(folder).get("health") or ()
        bad = [printable(fact["detail"], 400) for fact in facts if not fact["ok"]]
        if bad:
            action = "Do what this says; the daemon goes on by itself afterwards."
            return _fail("daemon", f"a daemon serves it and is unhealthy: {'; '.join(bad)}", action)
    return _ok("daemon", "a daemon serves it")


def _tried(check: str, act: Callable[[], str], action: str) -> CheckFinding:
    try:
        return _ok(check, act())
    except OSError as error:
        return _fail(check, str(error.strerror or error), action)
