"""Stands in for ffmpeg and ffprobe: passes everything on to the real ones, but for one fault.

Arguments: the fault, the real program, then the program's own arguments. Faults of an encode
act after, or instead of, the real one; `last_argument` is the partial file.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

_OUTPUT_PREFIX: Final = "file:"


def _pass_on(real: str, arguments: list[str]) -> int:
    return subprocess.run([real, *arguments], check=False).returncode


def _turn(name: str) -> None:
    """Turn the link that is the source to another file, in one step."""
    link = Path(os.environ["WATCH"]).with_name("link.mov")
    other = link.with_name(f"link-{os.getpid()}")
    other.symlink_to(link.with_name(name))
    other.replace(link)


def _question(fault: str, real: str, arguments: list[str]) -> int:
    """Answer -version or -codecs."""
    if fault == "broken":
        return 1
    answer = subprocess.run([real, *arguments], capture_output=True, text=True, check=False)
    text = answer.stdout
    if fault == "no_encoder":
        text = text.replace(" libx264 ", " libnone ")
    if fault == "no_opus":
        text = text.replace(" DEAIL. opus ", " .EAIL. opus ")
    print(text, end="")
    print(answer.stderr, end="", file=sys.stderr)
    return answer.returncode


def _instead(fault: str, real: str, partial: Path) -> int | None:
    """Do something else than encode; None where the fault comes later."""
    if fault == "writes_nothing":
        return 0
    if fault == "writes_garbage":
        partial.write_bytes(b"this is no video" * 100)
        return 0
    if fault == "complains":
        text = "[in#0 @ 0x1] [error] Error opening input"
        print(f"[error] Invalid data found when processing input\n{text}", file=sys.stderr)
        return 1
    if fault == "drops_the_picture":
        sound = ["-v", "error", "-y", "-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac"]
        return _pass_on(real, [*sound, "-f", "mp4", f"{_OUTPUT_PREFIX}{partial}"])
    if fault == "stays_silent":
        signal.pause()
    while fault == "never_ends":
        print("frame=1\nprogress=continue", flush=True)
        signal.sigtimedwait([signal.SIGUSR1], 0.05)
    return None


def _make_another_layout(path: Path) -> None:
    """Change the key of the package metadata at an MXF's first frame, as a new muxer might."""
    content = bytearray(path.read_bytes())
    key = bytes.fromhex("060e2b34024301010d01030104010201")
    content[content.index(key) + len(key) - 1] = 9
    path.write_bytes(content)


def _afterwards(fault: str, partial: Path) -> None:
    """Do harm after an encode."""
    if fault == "never_writes_the_same":
        with partial.open("ab") as file:
            file.write(b"\0\0\0\x18free" + os.urandom(16))
    if fault == "writes_another_layout":
        _make_another_layout(partial)
    if fault == "takes_the_name":
        (partial.parents[1] / "bikes_proxy.mp4").write_text("mine")
    if fault in ("replaces_ffmpeg", "replaces_ffprobe"):
        # As an update of a package does, in the middle of a job.
        program = Path(os.environ["STAND_IN"]).with_name(fault.removeprefix("replaces_"))
        update = program.with_name("update")
        update.write_text(program.read_text() + "# another version\n")
        update.chmod(0o755)
        update.replace(program)
    if fault == "exchanges_the_next_source":
        root = Path(os.environ["WATCH"]).parent
        (root / "wrong.mov").replace(root / "right.mov")
    if fault == "plants_a_link":
        following = re.sub(r"000(?=(\.partial)?\.\w+$)", "001", str(partial))
        with suppress(FileExistsError):
            Path(following).symlink_to(Path(os.environ["WATCH"]).with_name("elsewhere"))
    if fault == "replaces_the_folder":
        shutil.rmtree(partial.parents[1])
        partial.parents[1].write_text("no folder any more")
    if fault == "loses_the_journal":
        journal = next(Path(os.environ["WATCH"]).glob(".proxx/journal"))
        journal.rename(journal.with_name("gone"))


def _encode(fault: str, real: str, arguments: list[str]) -> int:
    partial = Path(arguments[-1].removeprefix(_OUTPUT_PREFIX))
    code = _instead(fault, real, partial)
    if code is not None:
        return code
    if fault == "cuts_short":
        arguments = [*arguments[:-1], "-frames:v", "5", arguments[-1]]
    if fault == "leaves_its_session":
        left = subprocess.Popen(["/bin/sleep", "600"], start_new_session=True)
        Path(os.environ["STAND_IN"]).with_name("left-behind").write_text(str(left.pid))
    code = _pass_on(real, arguments)
    _afterwards(fault, partial)
    return code


def main() -> int:
    fault, real, *arguments = sys.argv[1:]
    if "-show_format" in arguments and fault == "probe_hangs":
        signal.pause()
    if "-show_format" in arguments and fault == "vanishes":
        # By now ffmpeg has said who it is.
        Path(os.environ["STAND_IN"]).unlink()
    if fault == "turns_the_link" and "-i" in arguments:
        _turn("wrong.mov")
        code = _pass_on(real, arguments)
        _turn("right.mov")
        return code
    if "ffprobe" in real:
        return _pass_on(real, arguments)
    if "-i" not in arguments:
        return _question(fault, real, arguments)
    return _encode(fault, real, arguments)


if __name__ == "__main__":
    sys.exit(main())
