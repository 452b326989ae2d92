"""Puts figures into a table, into results.json, into the page and into a plot."""

import json
import os
import platform
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from daemon_figures import Figure
from daemon_place import Bench

_HEAD: Final = ("what", "Proxx", "baseline", "compared", "reach", "")
_MARKS: Final = ("<!-- results -->", "<!-- end of results -->")
_THREAD_ROW: Final = "thread budget"
_QUEUE_ROW: Final = "cost per job by queue length"


def machine(bench: Bench) -> dict[str, Any]:
    """Describe what it ran on."""
    model = "unknown"
    with open("/proc/cpuinfo") as file:
        found = re.search(r"^model name\s*: (.*)$", file.read(), re.MULTILINE)
        model = found.group(1) if found else model
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "python": platform.python_version(),
        "file_system": _file_system(bench.scratch),
        "ffmpeg": os.path.basename(bench.tools.ffmpeg),
        "engine_origin": str(bench.tools.origin),
    }


def _file_system(path: Path) -> str:
    """Name the file system of the longest mount point above a path, and what ext4 may lack."""
    real = os.path.realpath(path) + "/"
    with open("/proc/mounts") as file:
        mounts = [line.split()[:3] for line in file]
    matching = [each for each in mounts if real.startswith(each[1].rstrip("/") + "/")]
    if not matching:
        return "unknown"
    device, _, kind = max(matching, key=lambda each: len(each[1]))
    journals = Path("/proc/fs/jbd2")
    if kind == "ext4" and not any(journals.glob(f"{os.path.basename(device)}-*")):
        return "ext4 without a journal"
    return kind


def document(
    figures: Sequence[Figure],
    bench: Bench,
    stolen: Mapping[str, float],
    *,
    quick: bool,
    took: float,
) -> dict[str, Any]:
    """Return everything that a run found; `stolen` is the host's share by the name of a row."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": quick,
        "seconds": round(took),
        "machine": machine(bench),
        "stolen": dict(stolen),
        "rows": [figure.document() for figure in figures],
    }


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Write rows as a Markdown table."""
    lines = [f"| {' | '.join(_HEAD)} |", f"|{'---|' * len(_HEAD)}"]
    last = None
    for row in rows:
        if row["row"] != last:
            last = row["row"]
            lines.append(f"| **{last}** | | | | | |")
        lines.append(f"| {' | '.join(_cells(row))} |")
    return "\n".join(lines)


def line(figure: Figure) -> str:
    """Write one figure on one line, for whoever waits."""
    return "  ".join(each for each in _cells(figure.document()) if each)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    unit = row["unit"]
    value = f"{_number(row['value'])} {unit}{_range(row['spread'])}"
    baseline = compared = ""
    if row["baseline"] is not None:
        baseline = f"{_number(row['baseline'])} {unit}{_range(row['baseline_spread'])}"
        compared = f"{_number(row['compared'])}{_range(row['compared_spread'])}"
    reached = {None: "", True: "yes", False: "**no**"}[row["reached"]]
    return row["what"], value, baseline, compared, row["target"], reached


def _range(ends: Sequence[float]) -> str:
    low, high = (_number(each) for each in ends)
    return "" if low == high else f" ({low} to {high})"


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004


def write_page(page: Path, found: dict[str, Any]) -> None:
    """Replace the results on the harness's page."""
    made = found["machine"]
    loads = [row["load"] for row in found["rows"]]
    stolen = found["stolen"].values()
    text = (
        f"{made['processor']}, {made['cores']} cores, {made['system']}, {made['file_system']}, "
        f"Python {made['python']}, FFmpeg {made['engine_origin']} (`{made['ffmpeg']}`), "
        f"{found['at'][:10]}; load average of the machine {min(loads)} to {max(loads)}; "
        f"its host took {min(stolen):.1%} to {max(stolen):.1%} of the busy time of a row; "
        f"the run took {found['seconds'] // 60} min.\n\n{table(found['rows'])}"
    )
    _replace(page, text)


def write_threads(page: Path, found: dict[str, Any]) -> None:
    """Replace the table of threads on the operators' page."""
    rows = [row for row in found["rows"] if row["row"] == _THREAD_ROW]
    lines = [
        "| profile | workers | seconds per clip | throughput against one worker |",
        "|---|---|---|---|",
    ]
    for row in rows:
        name = row["what"].partition(" ")[0]
        workers = _length(row["what"], "with ([0-9]+) workers")
        times = f"{_number(row['value'])}{_range(row['spread'])}"
        ratio = f"{_number(row['compared'])}{_range(row['compared_spread'])}"
        lines.append(f"| `{name}` | {workers} | {times} | {ratio} |")
    machine = found["machine"]
    lines.append(f"\n{machine['processor']}, {machine['cores']} cores, {found['at'][:10]}.")
    _replace(page, "\n".join(lines))


def _replace(page: Path, text: str) -> None:
    begin, end = _MARKS
    before, _, rest = page.read_text().partition(begin)
    _, _, after = rest.partition(end)
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}")


def plot(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Draw the cost of a job against the length of the queue."""
    # Only whoever draws needs it: the extra `bench` brings it.
    import matplotlib as mpl  # noqa: PLC0415

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    chosen = [row for row in rows if row["row"] == _QUEUE_ROW]
    figure, axes = plt.subplots(figsize=(7, 3.6), dpi=110)
    for sign, label in (("time on", "time on the clock"), ("processor", "daemon's processor time")):
        matching = [row for row in chosen if row["what"].startswith(sign)]
        if not matching:
            continue
        lengths = [_length(row["what"], "with ([0-9,]+) pending") for row in matching]
        base = _length(matching[0]["what"], "against ([0-9]+)")
        values = [matching[0]["baseline"], *(row["value"] for row in matching)]
        axes.plot([base, *lengths], values, marker="o", label=f"{label} of one job")
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("specs in pending/")
    axes.set_ylabel("milliseconds")
    axes.set_title("Cost of a job by length of the queue (an engine that costs next to nothing)")
    axes.title.set_fontsize(9)
    axes.grid(visible=True, alpha=0.3)
    axes.legend(loc="lower right", fontsize=8)
    figure.tight_layout()
    figure.savefig(path, metadata={"Software": None})
    plt.close(figure)


def _length(text: str, pattern: str) -> int:
    found = re.search(pattern, text)
    return int(found.group(1).replace(",", "")) if found else 0


def failed(figures: Sequence[Figure]) -> list[str]:
    """Name the rows that were not reached."""
    return [f"{each.row}: {each.what}" for each in figures if each.reached is False]


def write_json(path: Path, found: dict[str, Any]) -> None:
    """Write results.json."""
    path.write_text(json.dumps(found, indent=2) + "\n")
