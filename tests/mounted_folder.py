"""A watch folder on a volume of its own, in a mount namespace that only its daemon sees."""

import copy
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest
from proxx_process import Daemon, Workplace

_UNSHARE: Final = ("unshare", "--map-root-user", "--mount")


def _namespaces_work() -> bool:
    if shutil.which("unshare") is None or shutil.which("nsenter") is None:
        return False
    command = (*_UNSHARE, "mount", "-t", "tmpfs", "tmpfs", "/mnt")
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


needs_mounts = pytest.mark.skipif(
    not _namespaces_work(), reason="this machine lets nobody mount in a namespace of their own"
)


def on_tmpfs(workplace: Workplace, options: str) -> None:
    """Have the daemons that are started from now on find a new tmpfs as their watch folder."""
    script = 'mount -t tmpfs -o "$1" tmpfs "$2" && shift 2 && exec "$@"'
    workplace.wrap = (*_UNSHARE, "sh", "-c", script, "sh", options, str(workplace.watch))


def on_bind_mount(workplace: Workplace) -> Path:
    """Have them find another folder, which is returned, mounted as their watch folder."""
    real = workplace.root / "volume"
    real.mkdir()
    script = 'mount --bind "$1" "$2" && shift 2 && exec "$@"'
    workplace.wrap = (*_UNSHARE, "sh", "-c", script, "sh", str(real), str(workplace.watch))
    return real


def seen_by(daemon: Daemon, workplace: Workplace) -> Workplace:
    """Return the workplace as the daemon sees it; good for as long as the daemon lives."""
    inside = copy.copy(workplace)
    inside.watch = Path(f"/proc/{daemon.process.pid}/root{workplace.watch}")
    return inside


def within(daemon: Daemon, *command: object) -> None:
    """Run a command in the daemon's namespaces."""
    enter = ("nsenter", "--target", str(daemon.process.pid), "--user", "--mount")
    done = subprocess.run(
        [*enter, "--preserve-credentials", "--", *map(str, command)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
