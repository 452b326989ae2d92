"""Run the checklist of docs/how-to/resolve.md on a machine with DaVinci Resolve Studio.

`make resolve-check CLIP=/cards/A001/A001_C001.R3D` runs it. It does not change your projects: every
render uses a temporary project, which is deleted afterwards.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from proxx_daemon.cli import build, settings
from proxx_daemon.engines.resolve import run as resolve
from proxx_daemon.engines.resolve.listener import SessionLimits
from proxx_daemon.engines.resolve.local import LocalResolve
from proxx_daemon.failures.errors import JobFailed
from proxx_daemon.jobspec.jobspec import EngineKind
from proxx_daemon.plan.resolve_session import STEPS, SessionPlan, SessionTask, Step
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.profiles.profile import CanonicalProfile


def main() -> int:
    """Run every item; return 0 if all of them passed."""
    arguments = _arguments()
    ours = [each for each in profiles().values() if each.engine is EngineKind.RESOLVE]
    if arguments.profile:
        ours = [each for each in ours if each.name in arguments.profile]
    local = build.pipeline(settings.read()).resolve
    try:
        good = _installation(local)
        good = _presets(local, ours) and good
    except JobFailed as error:
        print(f"FAILED  {error.failure.code}: {error}\n        do: {error.failure.action}")
        return 1
    if arguments.clip:
        into = Path(arguments.into or tempfile.mkdtemp(prefix="proxx-resolve-check-"))
        print(f"\nproxies go to {into}")
        for clip in arguments.clip:
            for profile in ours:
                good = _render(clip, profile, into) and good
    else:
        print("\nno clip was given: use CLIP= with a RAW clip of each camera that you use")
    good = _nothing_left(local) and good
    print("\nall items passed" if good else "\nat least one item FAILED")
    return 0 if good else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", nargs="*", help="a RAW file, a folder of frames, or one frame")
    parser.add_argument("--profile", action="append", help="only this profile; repeatable")
    parser.add_argument("--into", help="an existing folder for the proxies")
    return parser.parse_args()


def _said(passed: bool, text: str) -> bool:  # noqa: FBT001 - a verdict and its words
    print(f"{'passed' if passed else 'FAILED'}  {text}")
    return passed


def _installation(local: LocalResolve) -> bool:
    print("1. Resolve's scripting module is found")
    place = local.installation()
    return _said(True, f"{place.modules}, {place.script_library} ({place.origin})")  # noqa: FBT003


def _presets(local: LocalResolve, ours: Sequence[CanonicalProfile]) -> bool:
    print("\n2. Resolve Studio is running, answers scripts, and has the presets")
    engine = local.check()
    good = _said(True, f"{engine.product} {engine.version}")  # noqa: FBT003
    if engine.presets is None:
        return _said(False, "no project is open, not even Untitled Project")  # noqa: FBT003
    for profile in ours:
        exists = profile.resolve_preset in engine.presets
        good = _said(exists, f"preset '{profile.resolve_preset}' of {profile.name}") and good
    return good


def _render(clip: str, profile: CanonicalProfile, into: Path) -> bool:
    print(f"\n3. {clip} with {profile.name}")
    spec = {
        "jobspec_version": "2.1",
        "sources": [os.path.abspath(clip)],
        "output_directory": str(into),
        "codec": str(profile.codec),
        "container": str(profile.container),
        "resolution": profile.resolution,
        "naming_template": "{source_name}_{profile}_{job_id}",
        "proxy_profile": profile.name,
    }
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(spec, file)
        file.flush()
        command = [sys.executable, "-m", "proxx_daemon", "run", file.name]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    result = json.loads(done.stdout)
    for line in _story(result):
        print(f"        {line}")
    failure = result["failure"]
    text = "proxy verified and published" if failure is None else failure["message"]
    return _said(failure is None, text)


def _story(result: dict[str, Any]) -> Iterator[str]:
    """Return the lines of each step with its calls, and of each check of the proxy."""
    for clip in result["clips"]:
        for record in clip["resolve_steps"]:
            meaning = STEPS[Step(record["step"])].meaning
            yield f"{record['step']:9} {record['seconds']} s  {meaning}"
            for call in record["calls"]:
                yield f"            {call['call']} -> {call['returned']}"
        for check in clip["verification"]:
            mark = "=" if check["passed"] else "IS NOT"
            yield f"{check['name']}: {check['found']} {mark} {check['expected']}"


def _nothing_left(local: LocalResolve) -> bool:
    print("\n4. No project of Proxx is left in Resolve")
    plan = SessionPlan(
        task=SessionTask.SWEEP, installation=local.installation(), prefix=local.prefix
    )
    limits = SessionLimits(render_seconds=None, stall_seconds=None, step_seconds=local.step_seconds)
    run = resolve.run(plan, limits=limits)
    calls = [call.call for record in run.steps for call in record.calls]
    removed = [call for call in calls if "DeleteProject" in call]
    return _said(
        run.failure is None and not removed, f"{len(removed)} project(s) had to be removed"
    )


if __name__ == "__main__":
    sys.exit(main())
