"""Takes every media file of a folder through Proxx and compares each proxy with its source.

For facilities: run it over footage of the house before a new version, or another FFmpeg, is
trusted. The comparison decodes both files itself and knows nothing of Proxx's own verification.
Writes `footage.json` and `footage.html`; exits with 1 if a proxy deviates, or if a job of a file
that plays failed after its encode had begun. `make footage DIR=…` runs it.
"""

import argparse
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from corpus import table
from corpus.decoding import CannotDecode, Facts, Pictures, Programs, facts
from corpus.pair import compare
from corpus.table import Outcome, Row

from proxx_daemon.engines.ffmpeg.locate import locate
from proxx_daemon.jobspec.jobspec import EngineKind
from proxx_daemon.profiles.catalogue import profiles

#: what cameras, recorders and editing systems write
_EXTENSIONS: Final = frozenset(
    {"mov", "qt", "mp4", "m4v", "3gp", "mkv", "webm", "mxf", "ts", "mts", "m2ts"}
    | {"mpg", "mpeg", "vob", "avi", "dv", "wmv", "flv"}
)


def main() -> int:
    """Run the command; return its exit code."""
    options = _options()
    folder = Path(options.folder).resolve()
    files = sorted(path for path in folder.rglob("*") if _is_media(path))
    if not files:
        print(f"{folder} has no media files.", file=sys.stderr)
        return 2
    out = Path(options.out).resolve()
    out.mkdir(parents=True, exist_ok=True)
    if (out / "watch").exists():
        print(f"{out} has an earlier run. Remove it, or choose another --out.", file=sys.stderr)
        return 2
    chosen = options.profiles or _ffmpeg_profiles()
    jobs = [(path, profile) for path in files for profile in chosen]
    print(f"files: {len(files)}, profiles: {len(chosen)}, jobs: {len(jobs)}", flush=True)
    _run_daemon(out, jobs, options.workers)
    tools = locate(os.environ.get("PROXX_FFMPEG"), os.environ)
    programs = Programs(ffmpeg=tools.ffmpeg, ffprobe=tools.ffprobe)
    with ThreadPoolExecutor(options.workers) as workers:
        rows = list(workers.map(lambda job: _row(programs, folder, out, *job), enumerate(jobs)))
    table.write(rows, f"FFmpeg at {tools.ffmpeg}", out)
    for row in (row for row in rows if row.wrong):
        seen = "; ".join(f"{each.what}: {each.seen}" for each in row.deviations) or row.message
        print(f"{row.outcome}  {row.profile}  {row.file}  {row.code}  {seen}")
    wrong = sum(row.wrong for row in rows)
    print(f"{wrong} of {len(rows)} are wrong; see {out / 'footage.html'}")
    return 1 if wrong else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", help="the footage; its subfolders too")
    parser.add_argument("--out", required=True, help="a new folder for proxies and the tables")
    parser.add_argument(
        "--profile",
        dest="profiles",
        action="append",
        help="a canonical profile; may be repeated (default: every profile for FFmpeg)",
    )
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


def _is_media(path: Path) -> bool:
    hidden = path.name.startswith(".")
    return not hidden and path.suffix.lower().lstrip(".") in _EXTENSIONS and path.is_file()


def _ffmpeg_profiles() -> list[str]:
    return [name for name, each in profiles().items() if each.engine is EngineKind.FFMPEG]


def _name(number: int) -> str:
    return f"{number:06d}"


def _run_daemon(out: Path, jobs: list[tuple[Path, str]], workers: int) -> None:
    """Drop every job, and let one daemon do them all."""
    pending = out / "watch" / "pending"
    pending.mkdir(parents=True)
    (out / "proxies").mkdir()
    for number, (path, profile) in enumerate(jobs):
        canonical = profiles()[profile]
        spec = {
            "jobspec_version": "2.1",
            "sources": [str(path)],
            "output_directory": str(out / "proxies"),
            "codec": str(canonical.codec),
            "container": str(canonical.container),
            "resolution": canonical.resolution,
            "naming_template": f"{_name(number)}_{{source_name}}",
            "proxy_profile": profile,
        }
        (pending / f"{_name(number)}.json").write_text(json.dumps(spec))
    command = [sys.executable, "-m", "proxx_daemon", "watch", str(out / "watch"), "--once"]
    command += ["--max-workers", str(workers)]
    with (out / "daemon.log").open("wb") as log:
        # It ends with 1 if a job failed; the results say more.
        subprocess.run(command, stderr=log, check=False)


def _row(programs: Programs, folder: Path, out: Path, number: int, job: tuple[Path, str]) -> Row:
    path, profile = job
    name = str(path.relative_to(folder))
    result = _result(out / "watch", number)
    clip = result["clips"][0] if result["clips"] else {}
    try:
        wanted = facts(programs, path)
    except CannotDecode:
        wanted = None
    if result["final_status"] == "COMPLETED" and wanted is not None:
        seen = compare(programs, path, Path(clip["resolved_output_path"]))
        return Row(
            file=name,
            profile=profile,
            outcome=Outcome.DEVIATES if seen.deviations else Outcome.TRUE,
            plays=seen.plays,
            deviations=seen.deviations,
            frames=seen.frames,
            psnr=seen.psnr,
            sync_ms=seen.sync_ms,
        )
    failure = result["failure"] or {"code": "", "message": "completed, but ffprobe finds nothing"}
    began = any(entry["state"] == "EXECUTING" for entry in result["transitions"])
    return Row(
        file=name,
        profile=profile,
        outcome=Outcome.FAILED_LATE if began else Outcome.REFUSED,
        code=failure["code"],
        message=failure["message"].splitlines()[0],
        plays=wanted is not None and _plays(programs, path, wanted),
    )


def _result(watch: Path, number: int) -> dict[str, Any]:
    for state in ("completed", "failed"):
        path = watch / state / f"{_name(number)}.result.json"
        if path.exists():
            found: dict[str, Any] = json.loads(path.read_text())
            return found
    raise RuntimeError(f"job {number} has no result: see daemon.log")


def _plays(programs: Programs, path: Path, wanted: Facts) -> bool:
    """Decode the picture; true if some of it comes out and FFmpeg does not complain."""
    with Pictures(programs, path, wanted.picture) as pictures:
        return sum(1 for _ in pictures) > 0 and not pictures.complaint


if __name__ == "__main__":
    sys.exit(main())
