"""`make fuzz`: gives changed inputs to every reader of bytes from outside, guided by coverage.

Each target gets its share of the time in a process of its own. An input that a reader does not
take as it promises is kept, and the report says how to give it again.
"""

import argparse
import io
import os
import re
import resource
import sys
import traceback
from collections.abc import Mapping
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any, Final, NoReturn

from attrs import frozen

#: found first in every run: a fuzzer that does not find it would find nothing else either
_PLANTED: Final = "planted"
_PLANTED_SECONDS: Final = 20
#: what the fuzzer sees the coverage of; TOML is read in Python, JSON is not
_GUIDING: Final = ["proxx_daemon", "fuzz.planted", "tomllib"]
#: bytes of address space beyond what a target begins with: more raises MemoryError
_ROOM: Final = 2 * 1024**3
#: seconds after which an input counts as one without end; wall time, on a busy machine
_ENDLESS: Final = 60
#: what atheris writes above an exception, and libFuzzer of what it does
_EXCEPTION: Final = re.compile(r"=== Uncaught Python exception: ===\n(.*)")
_EDGES: Final = re.compile(r"cov: (\d+) ft: \d+ corp: (\d+)")
_RUNS: Final = re.compile(r"stat::number_of_executed_units: *(\d+)")


@frozen(kw_only=True)
class Outcome:
    """What came of one target."""

    name: str
    #: how many inputs were tried
    runs: int
    #: edges of the code that they reached
    edges: int
    #: inputs that reached something new
    kept: int
    #: the input that the reader did not take as promised; None if there is none
    found: Path | None
    #: what the reader did with it, in a line; empty if it took all
    what: str


def main() -> int:
    """Run the targets; return 1 if a reader broke its promise, 2 if the fuzzer does not work."""
    arguments = _arguments()
    targets = _instrumented()
    unknown = [name for name in arguments.target if name not in targets]
    if unknown:
        print(f"There is no target {unknown[0]!r}. Targets: {', '.join(sorted(targets))}.")
        return 2
    if arguments.input:
        return _again(targets[arguments.target[0]], Path(arguments.input))
    out = Path(arguments.out).absolute()
    planted = _run(_PLANTED, targets, out, _PLANTED_SECONDS, arguments.seed)
    if planted.found is None:
        print(f"The fuzzer does not find a planted defect. See {out / _PLANTED / 'log'}.")
        return 2
    planted.found.unlink()
    print(f"The fuzzer found a planted defect in {planted.runs} runs. Seed: {arguments.seed}.")
    names = arguments.target or [name for name in targets if name != _PLANTED]
    seconds = max(1, round(arguments.seconds / len(names)))
    print(f"{len(names)} targets, {seconds} s each. Inputs that reach new code: {out}.")
    outcomes = []
    for name in names:
        outcomes.append(_run(name, targets, out, seconds, arguments.seed))
        print(_line(outcomes[-1]), flush=True)
    found = [each for each in outcomes if each.found is not None]
    print(f"{len(outcomes) - len(found)} passed, {len(found)} failed")
    return 1 if found else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0, help="for all targets together")
    parser.add_argument("--target", action="append", default=[], help="only this one; repeatable")
    parser.add_argument("--input", help="give only this file to the target, without the fuzzer")
    parser.add_argument("--seed", type=int, default=1, help="of all random choices")
    parser.add_argument("--out", default=".fuzz", help="folder for inputs and logs")
    arguments = parser.parse_args()
    if arguments.input and len(arguments.target) != 1:
        parser.error("--input needs exactly one --target")
    return arguments


def _instrumented() -> Mapping[str, Any]:
    """Import the readers so that the fuzzer sees which of their code runs; return the targets."""
    import atheris  # noqa: PLC0415 - only `make fuzz` installs it

    # It prints a line for each module.
    with redirect_stderr(io.StringIO()), atheris.instrument_imports(include=_GUIDING):
        from fuzz import planted  # noqa: PLC0415
        from fuzz.table import TARGETS  # noqa: PLC0415
        from fuzz.target import Target  # noqa: PLC0415

    return {_PLANTED: Target(read=planted.read, seeds=planted.seeds, covers=()), **TARGETS}


def _again(target: Any, path: Path) -> int:
    """Give one input to a target; return 1 if the reader breaks its promise."""
    from fuzz import bounds  # noqa: PLC0415

    try:
        bounds.feed(target, path.read_bytes())
    except Exception:  # noqa: BLE001 - it is what is looked for
        traceback.print_exc()
        return 1
    print("The reader takes this input as it promises.")
    return 0


def _run(name: str, targets: Mapping[str, Any], out: Path, seconds: float, seed: int) -> Outcome:
    """Run one target in a process of its own."""
    place = out / name
    for folder in ("seeds", "inputs", "found"):
        (place / folder).mkdir(parents=True, exist_ok=True)
    before = set((place / "found").iterdir())
    for number, content in enumerate(targets[name].seeds()):
        (place / "seeds" / f"{number:02d}").write_bytes(content)
    child = os.fork()
    if child == 0:
        _fuzz(targets[name], place, seconds, seed)
    os.waitpid(child, 0)
    log = (place / "log").read_text(errors="replace")
    found = sorted(set((place / "found").iterdir()) - before)
    raised, edges, runs = _EXCEPTION.search(log), _EDGES.findall(log), _RUNS.search(log)
    what = raised[1][:200] if raised else f"it did not end within {_ENDLESS} s"
    return Outcome(
        name=name,
        runs=int(runs[1]) if runs else 0,
        edges=int(edges[-1][0]) if edges else 0,
        kept=int(edges[-1][1]) if edges else 0,
        found=found[0] if found else None,
        what=what if found else "",
    )


def _fuzz(target: Any, place: Path, seconds: float, seed: int) -> NoReturn:
    """Fuzz until the time is over or an input is found; ends this process."""
    import atheris  # noqa: PLC0415
    from fuzz import bounds, mutations  # noqa: PLC0415

    log = os.open(place / "log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    room = _address_space() + _ROOM
    resource.setrlimit(resource.RLIMIT_AS, (room, room))
    options = (
        *(f"-max_total_time={seconds:.0f}", f"-seed={seed}", f"-max_len={target.longest}"),
        *(f"-timeout={_ENDLESS}", "-rss_limit_mb=0", "-print_final_stats=1", "-verbosity=1"),
        *(f"-artifact_prefix={place / 'found'}/", str(place / "inputs"), str(place / "seeds")),
    )

    def change(data: bytes, most: int, number: int) -> bytes:
        return mutations.changed(data, most, number, atheris.Mutate)

    more = {"custom_mutator": change} if target.json else {}
    atheris.Setup(["fuzz", *options], lambda data: bounds.feed(target, data), **more)
    atheris.Fuzz()
    os._exit(0)


def _address_space() -> int:
    """Return the bytes of address space of this process; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return 0
    return pages * resource.getpagesize()


def _line(outcome: Outcome) -> str:
    """Return the report of one target; with what was found, and how to see it again."""
    line = (
        f"  {outcome.name:14} {outcome.runs:9,} runs, {outcome.edges:5,} edges, "
        f"{outcome.kept:4} inputs kept"
    )
    if outcome.found is None:
        return line
    return (
        f"{line}\n    FOUND: {outcome.what}\n    input: {outcome.found}\n"
        f"    again: make fuzz TARGET={outcome.name} INPUT={outcome.found}"
    )


if __name__ == "__main__":
    sys.exit(main())
