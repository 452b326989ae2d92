"""The generated pages are those of today's tables, and the log's vocabulary is complete."""

import generate
import log_page
import pytest

from proxx_daemon.jobspec.jobspec import TOKENS


@pytest.mark.parametrize("name", sorted(generate.pages()))
def test_a_generated_page_is_that_of_the_code(name: str) -> None:
    written = (generate.FOLDER / name).read_text("utf-8")
    assert written == generate.pages()[name], "run `make docs`"


def test_the_page_of_the_jobspec_explains_every_token_of_a_name() -> None:
    page = (generate.FOLDER / "reference" / "jobspec.md").read_text("utf-8")
    table = page.split("## Tokens of", 1)[1]
    assert [token for token in TOKENS if f"`{{{token}}}`" not in table] == []


def test_the_page_of_the_log_has_exactly_the_events_that_the_code_logs() -> None:
    assert set(log_page.logged()) == set(log_page.MEANINGS)


def test_every_event_of_the_log_has_a_level() -> None:
    for name, event in log_page.logged().items():
        assert event.levels, name
        assert set(event.levels) <= {"debug", "info", "warning", "error"}, name


def test_the_line_of_a_finished_job_has_all_that_an_operator_looks_for() -> None:
    event = log_page.logged()["job_finished"]
    assert event.levels == ("info", "error")
    assert set(event.fields) == {
        *("job_id", "attempt_id", "spec", "status", "failure_class", "code", "message"),
        *("profile", "engine", "clips_completed", "clips_total", "not_attaching", "output_bytes"),
        *("seconds", "result"),
    }
