"""`make demo`: run the real daemon on a new watch folder, drop one JobSpec, show the result."""

import argparse
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from footage import fetch

from proxx_daemon.profiles.catalogue import profiles

_ROOT: Final = Path(__file__).parents[1] / ".demo"
#: seconds until the demo gives up
_PATIENCE: Final = 3600.0


def main() -> int:
    """Run the demo and return the exit code."""
    arguments = _arguments()
    clip = Path(arguments.clip).resolve() if arguments.clip else fetch() / "bigbuckbunny.mp4"
    profile = profiles().get(arguments.profile)
    if profile is None:
        print(f"Unknown profile '{arguments.profile}'. Choose one of: {', '.join(profiles())}")
        return 1
    stamp = time.strftime("%Y%m%d-%H%M%S")
    watch, proxies = _ROOT / stamp / "watch", _ROOT / stamp / "proxies"
    for folder in (watch, proxies):
        folder.mkdir(parents=True)
    spec = {
        "jobspec_version": "2.1",
        "job_id": "demo",
        "sources": [str(clip)],
        "output_directory": str(proxies),
        "codec": profile.codec,
        "container": profile.container,
        "resolution": profile.resolution,
        "naming_template": "{source_name}_proxy",
        "proxy_profile": profile.name,
    }
    print(f"watch folder  {watch}\nsource        {clip}\nprofile       {profile.name}\n")
    daemon = subprocess.Popen((sys.executable, "-m", "proxx_daemon", "watch", str(watch)))
    try:
        filed = _drop_and_wait(watch, spec, daemon)
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait()
    return _show(filed)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo")
    parser.add_argument("--clip", help="a clip of your own (make demo CLIP=/path/to/clip.mov)")
    parser.add_argument("--profile", default="proxy_h264_low", help="make demo PROFILE=NAME")
    return parser.parse_args()


def _drop_and_wait(watch: Path, spec: dict[str, Any], daemon: subprocess.Popen[bytes]) -> Path:
    """Rename the complete spec into pending/, and wait until it is filed."""
    _await(lambda: (watch / "pending").is_dir() and (watch / ".proxx" / "lock").exists(), daemon)
    temporary = watch / ".demo.json.tmp"
    temporary.write_text(json.dumps(spec, indent=2))
    temporary.rename(watch / "pending" / "demo.json")
    places = [watch / state / "demo.json" for state in ("completed", "failed")]
    _await(lambda: any(place.exists() for place in places), daemon)
    return next(place for place in places if place.exists())


def _await(condition: Any, daemon: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        if daemon.poll() is not None:
            raise SystemExit(f"the daemon exited with {daemon.returncode}")
        if time.monotonic() > deadline:
            raise SystemExit("the job did not finish in time")
        time.sleep(0.05)


def _show(filed: Path) -> int:
    """Print the main fields of the result, and where everything is."""
    result_path = filed.with_suffix(".result.json")
    result = json.loads(result_path.read_text())
    clip = result["clips"][0] if result["clips"] else {}
    engine = result["_metadata"]
    checks = clip.get("verification", [])
    fingerprint = (clip.get("output_fingerprint") or {}).get("value")
    rows = {
        "status": result["final_status"],
        "proxy": clip.get("resolved_output_path") if result["failure"] is None else None,
        "size": f"{clip['output_size_bytes']:,} bytes" if clip.get("output_size_bytes") else None,
        "sha256": fingerprint,
        "verified": f"{sum(c['passed'] for c in checks)} of {len(checks)} checks passed",
        "took": f"{result['duration_seconds']:.2f} s",
        "engine": f"FFmpeg {engine['engine_version']} ({engine['engine_origin']})",
        "spec": str(filed),
        "result": str(result_path),
        "log": str(filed.with_suffix(".log")),
    }
    if result["failure"] is not None:
        failure = result["failure"]
        rows |= {"code": failure["code"], "reason": failure["message"], "do": failure["action"]}
    print()
    for name, value in rows.items():
        if value is not None:
            print(f"{name:<9} {value}")
    return 0 if result["failure"] is None else 1


if __name__ == "__main__":
    sys.exit(main())
