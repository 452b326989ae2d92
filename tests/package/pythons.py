"""`make pythons`: the normal suite on every other Python of this machine, each in its own venv."""

import subprocess
import sys
from pathlib import Path

from interpreters import VERSIONS, find

_ROOT = Path(__file__).parents[2]


def main() -> int:
    """Run them one after another; returns the first exit code that is not 0."""
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    for version in VERSIONS:
        program = find(version)
        if version == own or program is None:
            reason = "make test runs on it" if version == own else "it is not installed"
            print(f"Python {version}: left out, {reason}", flush=True)
            continue
        venv = _ROOT / f".venv-{version}"
        python = str(venv / "bin" / "python")
        print(f"Python {version}: {program}", flush=True)
        subprocess.run([program, "-m", "venv", str(venv)], check=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, "--editable", f"{_ROOT}[ffmpeg,dev]"], check=True)
        test = [python, "-m", "pytest", "-q", "-n", "auto", "--dist", "worksteal"]
        test += ["-p", "no:cacheprovider", "-m", "not slow and not crash and not readers"]
        done = subprocess.run([*test, *sys.argv[1:]], cwd=_ROOT, check=False)
        if done.returncode != 0:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
