"""Real results, and what the commands print about them, hold to the schema that Proxx prints."""

import json
from pathlib import Path
from typing import Any

import generate
import pytest
from jsonschema import Draft202012Validator
from proxx_process import Daemon, Workplace, proxx, wait_until


@pytest.fixture(scope="session")
def validator() -> Draft202012Validator:
    """Give the validator of results by the schema that the command prints."""
    done = proxx("schema", "result")
    assert done.returncode == 0
    return Draft202012Validator(json.loads(done.stdout))


def _run(workplace: Workplace, spec: object) -> Any:
    return json.loads(proxx("run", workplace.write_spec("job.json", spec)).stdout)


def _damaged(workplace: Workplace) -> str:
    """Make a clip whose header is whole and whose picture data is not."""
    content = bytearray((workplace.clips / "bikes.mp4").read_bytes())
    start = content.find(b"mdat") + 4 + len(content) // 4
    content[start : start + 20_000] = b"\xff" * 20_000
    path = workplace.root / "damaged.mp4"
    path.write_bytes(content)
    return str(path)


def test_the_result_of_a_completed_run(
    workplace: Workplace, validator: Draft202012Validator
) -> None:
    names = ("carphone_pristine.mp4", "bikes.mp4")
    result = _run(workplace, workplace.spec("proxy_h264_quarter", *names))
    assert result["final_status"] == "COMPLETED"
    validator.validate(result)


@pytest.mark.parametrize("spec", [b"", b"{", b"[]", b"{}", b'{"sources": [1, "/a"]}'])
def test_the_result_of_a_document_that_is_no_spec(
    spec: bytes, workplace: Workplace, validator: Draft202012Validator
) -> None:
    result = _run(workplace, spec)
    assert result["failure"]["class"] == "validation"
    validator.validate(result)


def test_the_result_of_a_job_that_fails_validation(
    workplace: Workplace, validator: Draft202012Validator
) -> None:
    result = _run(workplace, workplace.spec("proxy_prores_lt_resolve", "bikes.mp4"))
    assert result["failure"]["code"] == "PROFILE_ENGINE_MISMATCH"
    validator.validate(result)


def test_the_result_of_a_failed_and_of_a_partial_run(
    workplace: Workplace, validator: Draft202012Validator
) -> None:
    damaged, good = _damaged(workplace), str(workplace.clips / "carphone_pristine.mp4")
    failed = _run(workplace, workplace.spec("proxy_h264_quarter", sources=[damaged, good]))
    assert (failed["final_status"], failed["failure"]["class"]) == ("FAILED", "execution")
    validator.validate(failed)
    partial = _run(workplace, workplace.spec("proxy_h264_quarter", sources=[good, damaged]))
    assert partial["final_status"] == "PARTIAL"
    validator.validate(partial)


def test_the_results_of_a_daemon(
    workplace: Workplace, daemon: Daemon, validator: Draft202012Validator
) -> None:
    workplace.drop("good.json", workplace.spec("proxy_h264_quarter", "carphone_pristine.mp4"))
    workplace.drop("bad.json", b"{}")
    for name, state in (("good.json", "completed"), ("bad.json", "failed")):
        filed, result = workplace.wait_filed(name)
        assert filed == state
        validator.validate(result)


def test_the_results_of_interrupted_jobs(
    workplace: Workplace, daemon: Daemon, validator: Draft202012Validator
) -> None:
    workplace.drop("begun.json", workplace.spec("proxy_prores_lt", "bigbuckbunny.mp4", "bikes.mp4"))
    wait_until(daemon.engines, "an engine runs")
    daemon.kill()
    # A spec that was claimed and no more, and one that cannot even be read.
    running = workplace.watch / "running"
    claimed = workplace.spec("proxy_h264_quarter", "bikes.mp4")
    (running / "claimed.json").write_text(json.dumps(claimed))
    (running / "garbage.json").write_text("{")
    workplace.start()
    for name in ("begun.json", "claimed.json", "garbage.json"):
        state, result = workplace.wait_filed(name)
        assert (state, result["failure"]["code"]) == ("failed", "INTERRUPTED")
        validator.validate(result)


@pytest.mark.parametrize("name", ["jobspec", "result", "user-profile"])
def test_the_command_prints_the_schema_that_the_docs_hold(name: str) -> None:
    done = proxx("schema", name)
    assert done.returncode == 0
    copy = Path(generate.FOLDER) / "reference" / "schemas" / f"{name}.schema.json"
    assert done.stdout == copy.read_text("utf-8")


def test_a_schema_that_is_not_there_is_refused_with_the_names_of_those_that_are() -> None:
    done = proxx("schema", "profile")
    assert done.returncode == 4
    assert done.stdout == ""
    assert all(name in done.stderr for name in ("jobspec", "result", "user-profile"))


def test_the_spec_in_a_completed_result_holds_to_the_schema_of_specs(workplace: Workplace) -> None:
    validator = Draft202012Validator(json.loads(proxx("schema", "jobspec").stdout))
    result = _run(workplace, workplace.spec("proxy_h264_quarter", "carphone_pristine.mp4"))
    validator.validate(result["jobspec"])
