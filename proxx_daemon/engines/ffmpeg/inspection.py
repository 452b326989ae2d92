"""Inspects an FFmpeg: version, coders and hash."""

import os
import re
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Thread
from typing import Final

from proxx_daemon.engines.engine import Engine, EngineTools
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed, failed
from proxx_daemon.system import child, storage
from proxx_daemon.system.program import Program
from proxx_daemon.system.same_program import Exchanged, hashed, seen

#: the first release with -fps_mode
_OLDEST: Final = (5, 1)
_ASK_SECONDS: Final = 30.0
#: a line of `ffmpeg -codecs`: decodes, encodes, the codec's name, its description with coders
_CODEC: Final = re.compile(r"^ ([D.])([E.])[VASDT.][I.][L.][S.] (\w\S*)(.*)$", re.MULTILINE)


def inspect(tools: EngineTools, *, hashes: bool = True) -> Engine:
    """Ask an engine for version, encoders and decoders, and hash it.

    Without `hashes` it has none: what makes no result needs none, and a large program takes a
    tenth of a second. Raise JobFailed with ENGINE_UNUSABLE when one of its programs does not run
    or is another one, when it is too old, and when it cannot be read or changes meanwhile.
    """
    ffmpeg, ffprobe = _hashed(tools) if hashes else _seen(tools)
    # One question answers all: the list of codecs comes on the standard output, the banner with
    # the version on the other, and starting the program is what costs the time.
    codecs, banner = _ask(ffmpeg, "-codecs")
    version = _version(tools.ffmpeg, "ffmpeg", banner)
    _version(tools.ffprobe, "ffprobe", _ask(ffprobe, "-version")[0])
    _check_age(tools.ffmpeg, version)
    lines = _CODEC.findall(codecs)
    return Engine(
        tools=tools,
        version=version,
        ffmpeg=ffmpeg,
        ffprobe=ffprobe,
        encoders=_coders(lines, 1, "encoders"),
        decoders=_coders(lines, 0, "decoders"),
        decodes=frozenset(line[2] for line in lines if line[0] != "."),
    )


def _seen(tools: EngineTools) -> tuple[Program, Program]:
    return _program(tools.ffmpeg, seen), _program(tools.ffprobe, seen)


def _hashed(tools: EngineTools) -> tuple[Program, Program]:
    """Hash both programs at a time; a result needs the hashes."""
    errand = storage.current()
    answer: Future[Program] = Future()

    def hash_second() -> None:
        with storage.sharing(errand):
            try:
                answer.set_result(_program(tools.ffprobe, hashed))
            except BaseException as error:  # noqa: BLE001 - raised below
                answer.set_exception(error)

    # The end of the process does not wait for it: its volume may never answer.
    Thread(target=hash_second, name="hash", daemon=True).start()
    return _program(tools.ffmpeg, hashed), answer.result()


def _program(path: str, look: Callable[[str], Program]) -> Program:
    """Look at a program. It can be executable but not readable."""
    try:
        return look(path)
    except OSError as error:
        raise unusable(path, os.strerror(error.errno or 0)) from error
    except Exchanged:
        raise unusable(path, "it is being replaced") from None


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


def _version(program: str, name: str, answer: str) -> str:
    """Read the version; raise JobFailed where the program is not the one called `name`."""
    found = re.match(rf"{name} version (\S+)", answer)
    if found is None:
        raise unusable(program, f"it does not identify itself as {name}")
    return found.group(1)


def _check_age(program: str, version: str) -> None:
    """Raise JobFailed if a version is too old; one without a number is of today's source."""
    numbers = re.match(r"n?(\d{1,9})\.(\d{1,9})", version)
    if numbers and (int(numbers.group(1)), int(numbers.group(2))) < _OLDEST:
        raise unusable(program, f"it is version {version}; 5.1 or later is needed")


def unusable(program: str, reason: str) -> JobFailed:
    """Return the error of a program that is there and cannot be used."""
    return failed(Code.ENGINE_UNUSABLE, f"{program} cannot be used: {reason}.")


def _ask(asked: Program, question: str) -> tuple[str, str]:
    """Run a program with one option; return what it printed on stdout and stderr."""
    program = asked.path
    output: list[bytes] = []
    errors: list[bytes] = []
    try:
        exit_ = child.run(
            (program, question),
            on_output=output.extend,
            on_error=errors.extend,
            limits=child.RunLimits(wall_seconds=_ASK_SECONDS, stall_seconds=None),
            program=asked,
        )
    except Exchanged:
        raise unusable(program, "it is being replaced") from None
    except child.NotStarted as error:
        raise unusable(program, str(error)) from error
    if exit_.ending is not child.Ending.EXITED:
        raise unusable(program, f"{question} was not answered within {_ASK_SECONDS:g} seconds")
    if exit_.code != 0:
        raise unusable(program, f"{question} failed with exit code {exit_.code}")
    printed, complained = (
        b"\n".join(lines).decode("utf-8", "replace") for lines in (output, errors)
    )
    return printed, complained
