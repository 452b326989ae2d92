"""Loses power at every durable call of a job and of its recovery, on an ext4 of its own.

Arguments: an empty folder, the crash library, a scenario, and from which of the states that a
crashed job leaves the recovery is crashed too (each n-th). Needs root and a mount namespace of its
own, which takes the mounts away with this process (`unshare --mount --propagation private`).
`EXT4_IOC_SHUTDOWN` forgets what was not flushed; the next mount replays the journal as after a
real loss. The drive's own cache is not part of it. Prints one line with the number of points, or
ends with a traceback.
"""

import atexit
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import quick_engine
from attrs import define, field
from crash_site_of_daemon import DaemonSite
from forked_daemons import ForkedDaemons
from proxx_process import wait_until

_KILLED: Final = -9
#: more calls than any run makes
_MOST: Final = 200


def _run(*command: str) -> None:
    """Run a program of the system."""
    subprocess.run(command, check=True)


@define
class Disk:
    """A file with an ext4 file system, mounted.

    It keeps one loop device as long as this process lives, and so its device number: `mount -o
    loop` may take another one each time, when other programs of the machine use some too.
    """

    image: Path
    place: Path
    device: str = field(default="", init=False)
    losses: int = field(default=0, init=False)

    def make(self) -> None:
        """Make the file system and mount it."""
        with self.image.open("wb") as file:
            file.truncate(128 * 1024 * 1024)
        _run("mkfs.ext4", "-q", "-F", str(self.image))
        command = ("losetup", "--find", "--show", str(self.image))
        found = subprocess.run(command, check=True, capture_output=True, text=True)
        self.device = found.stdout.strip()
        # Nobody may keep the device open meanwhile: what the kernel has cached of it must be lost.
        # Detached while it is mounted, it goes with the mount.
        atexit.register(_run, "losetup", "--detach", self.device)
        self.place.mkdir()
        self.mount()

    def mount(self) -> None:
        """Mount it; this replays its journal."""
        _run("mount", self.device, str(self.place))

    def come_back(self) -> None:
        """Mount the disk again after a loss of power, with what was flushed and perhaps more.

        No process of the daemon is left, but another one of this machine may be looking at a file
        of the disk through /proc, and then the kernel calls it busy.
        """
        wait_until(self._unmount, "no process uses the disk")
        self.mount()
        self.losses += 1

    def _unmount(self) -> bool:
        """Unmount it; return False while a process uses it."""
        command = ("umount", str(self.place))
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0 and "busy" not in done.stderr:
            raise AssertionError(done.stderr)
        return done.returncode == 0


@define
class PowerLoss:
    """One scenario, cut off at one call after another."""

    disk: Disk
    daemons: ForkedDaemons
    scenario: str
    #: what is on the disk after a loss at each call of the job
    states: dict[int, tuple[str, ...]] = field(factory=dict, init=False)

    def lose(self, *numbers: int) -> bool:
        """Lose power at one call, then at one of the recovery; False where there is none."""
        root = self.disk.place / "-".join(map(str, numbers))
        site = DaemonSite(root, self.scenario)
        # Only this file system: the others of a busy machine take seconds.
        _run("sync", "--file-system", str(self.disk.place))
        for number in numbers:
            environment = {"CRASH_AT": str(number), "CRASH_POWER": str(self.disk.place)}
            if site.once(self.daemons, **environment) != _KILLED:
                return False
            self.disk.come_back()
        if len(numbers) == 1:
            self.states[numbers[0]] = site.state()
        fate = site.fate()
        site.drop_next()
        if site.once(self.daemons) != 0:
            raise AssertionError((root / "daemon.log").read_text())
        site.check(sure_of=fate, lost_power=True)
        shutil.rmtree(root)
        return True


def _until_complete(loss: PowerLoss, *before: int) -> None:
    """Lose power at one call after another, until a run comes to its end."""
    if all(loss.lose(*before, number) for number in range(1, _MOST)):
        raise AssertionError(f"no run came to its end within {_MOST} calls")


def main() -> None:
    folder, crasher, scenario, stride = sys.argv[1:]
    disk = Disk(Path(folder) / "disk.img", Path(folder) / "disk")
    disk.make()
    engine = quick_engine.install(Path(folder) / "engine")
    loss = PowerLoss(disk, ForkedDaemons(engine, Path(crasher)), scenario)
    # A slow run writes its status once more than a quick one: the end of the calls is tried out.
    _until_complete(loss)
    job = disk.losses
    # Losses that leave the same names on the disk are recovered from in the same way.
    firsts = sorted({state: number for number, state in loss.states.items()}.values())
    for first in firsts[:: int(stride)]:
        # The recovery's calls, and those of the job that it may run, until there is none left.
        _until_complete(loss, first)
    found = {"job": job, "all": disk.losses, "states": len(firsts)}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
