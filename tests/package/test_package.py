"""Wheel and source distribution: built, installed into clean environments, and put to work."""

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from interpreters import VERSIONS, find
from proxx_process import spec_for

from proxx_daemon import __version__

_ROOT = Path(__file__).parents[2]
#: one group: the packages are built once for all of them
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("package")]


def _run(*arguments: str | Path, cwd: Path) -> str:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRT"))
    }
    done = subprocess.run(
        [str(argument) for argument in arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build both as `make dist` does; return the folder that holds them."""
    dist = tmp_path_factory.mktemp("dist")
    _run(sys.executable, "-m", "build", "--outdir", dist, cwd=_ROOT)
    return dist


def _only(built: Path, pattern: str) -> Path:
    (found,) = built.glob(pattern)
    return found


def test_the_wheel_has_all_that_runs_and_nothing_else(built: Path) -> None:
    names = zipfile.ZipFile(_only(built, "*.whl")).namelist()
    code = {str(path.relative_to(_ROOT)) for path in (_ROOT / "proxx_daemon").rglob("*.py")}
    assert code <= set(names)
    for folder in ("canonical", "user"):
        shipped = {path.name for path in (_ROOT / "profiles" / folder).iterdir()}
        place = f"proxx_daemon/profiles/data/{folder}/"
        assert {name.removeprefix(place) for name in names if name.startswith(place)} == shipped
    for shared in (
        *("man/man1/proxx.1", "bash-completion/completions/proxx", "proxx/systemd/proxx@.service"),
        *("proxx/launchd/com.proxx.watch.plist", "proxx/worker.toml", "proxx/failures.md"),
        "proxx/monitoring/alerts.yml",
    ):
        assert any(name.endswith(f".data/data/share/{shared}") for name in names), shared
    parts = {name.split("/")[0] for name in names}
    version = f"proxx_daemon-{__version__}"
    assert parts == {"proxx_daemon", f"{version}.dist-info", f"{version}.data"}


def test_the_source_distribution_has_code_tests_and_documentation(built: Path) -> None:
    with tarfile.open(_only(built, "*.tar.gz")) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for name in (
        "pyproject.toml",
        "LICENSE",
        "docs/start/install.md",
        "tests/conftest.py",
        "Makefile",
    ):
        assert name in names
    assert not any(name.startswith((".ci", ".venv", ".demo")) for name in names)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", ["*.whl", "*.tar.gz"])
def test_a_clean_installation_does_real_work(
    version: str, kind: str, built: Path, clips: Path, tmp_path: Path
) -> None:
    program = find(version)
    if program is None:
        pytest.skip(f"Python {version} is not installed")
    if kind == "*.tar.gz" and version != VERSIONS[0]:
        pytest.skip("the wheel made from it is the same for every Python")
    _run(program, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    binaries = tmp_path / "venv" / "bin"
    package = f"{_only(built, kind)}[ffmpeg]"
    _run(binaries / "python", "-m", "pip", "install", "--quiet", package, cwd=tmp_path)
    proxx = binaries / "proxx"
    assert _run(proxx, "--version", cwd=tmp_path) == f"proxx {__version__}\n"
    assert "proxy_h264_low" in _run(proxx, "profiles", cwd=tmp_path)
    assert _run(proxx, "doctor", tmp_path, cwd=tmp_path).endswith("fit\n")
    assert (tmp_path / "venv" / "share" / "man" / "man1" / "proxx.1").exists()

    watch, out = tmp_path / "watch", tmp_path / "out"
    out.mkdir()
    (watch / "pending").mkdir(parents=True)
    spec = spec_for("proxy_h264_quarter", clips / "bikes.mp4", into=out)
    (watch / "pending" / "job.json").write_text(json.dumps(spec))
    _run(proxx, "watch", watch, "--once", cwd=tmp_path)
    result = json.loads((watch / "completed" / "job.result.json").read_text())
    assert result["final_status"] == "COMPLETED"
    assert result["_metadata"]["proxx_version"] == __version__
    assert "completed 1" in _run(proxx, "status", watch, cwd=tmp_path)


def test_it_is_found_as_a_module_too(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "proxx_daemon", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == f"proxx {__version__}\n"
