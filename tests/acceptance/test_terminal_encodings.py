"""Paths with umlauts under every locale: read, shown, and encoded from."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from proxx_process import Workplace, proxx

#: a locale that cannot name every file, where Python does not help itself
_ASCII_SYSTEM = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
#: a terminal that cannot show every path
_ASCII_TERMINAL = {"PYTHONIOENCODING": "ascii"}


@pytest.fixture
def spec(workplace: Workplace) -> Path:
    source = workplace.root / "Übergröße.mp4"
    shutil.copy(workplace.clips / "bikes.mp4", source)
    fields = workplace.spec("proxy_h264_quarter", sources=[str(source)])
    return workplace.write_spec("jöb.json", fields)


@pytest.mark.parametrize("environment", [_ASCII_SYSTEM, _ASCII_TERMINAL])
def test_a_source_with_umlauts_is_encoded(
    environment: Mapping[str, str], spec: Path, workplace: Workplace
) -> None:
    done = proxx("run", spec, environment=environment)
    assert (done.returncode, json.loads(done.stdout)["failure"]) == (0, None)
    assert [path.name for path in workplace.published()] == ["Übergröße_proxy.mp4"]


def test_a_path_that_stdout_cannot_show_is_escaped(spec: Path) -> None:
    done = proxx("validate", spec, environment=_ASCII_TERMINAL)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\xdcbergr\\xf6\\xdfe.mp4" in done.stdout


def test_a_path_that_stderr_cannot_show_is_escaped(workplace: Workplace) -> None:
    done = proxx("validate", workplace.root / "größe.json", environment=_ASCII_TERMINAL)
    assert (done.returncode, len(done.stderr.splitlines())) == (4, 1)
    assert "gr\\xf6\\xdfe.json: No such file" in done.stderr


def test_a_path_that_is_no_utf8_is_escaped(workplace: Workplace) -> None:
    done = proxx("fingerprint", f"{workplace.root}/\udcff.mov")
    assert done.returncode == 1
    assert "defect" not in done.stderr


def test_the_daemon_serves_under_any_locale(spec: Path, workplace: Workplace) -> None:
    workplace.drop("jöb.json", spec.read_bytes())
    assert workplace.launch("--once", **_ASCII_SYSTEM).wait_exit() == 0
    assert workplace.wait_filed("jöb.json")[0] == "completed"
