"""The generated pages are those of today's tables, and the log's vocabulary is complete."""

import ast
from pathlib import Path

import attrs
import generate
import pytest

import proxx_daemon
from proxx_daemon.jobspec.jobspec import TOKENS
from proxx_daemon.monitor.event_log import LINES
from proxx_daemon.monitor.log_events import EVENTS

_CODE = Path(proxx_daemon.__file__).parent
_LEVELS = ("debug", "info", "warning", "error")


@pytest.mark.parametrize("name", sorted(generate.pages()))
def test_a_generated_page_is_that_of_the_code(name: str) -> None:
    written = (generate.FOLDER / name).read_text("utf-8")
    assert written == generate.pages()[name], "run `make docs`"


def test_the_page_of_the_jobspec_explains_every_token_of_a_name() -> None:
    page = (generate.FOLDER / "reference" / "jobspec.md").read_text("utf-8")
    table = page.split("## Tokens of", 1)[1]
    assert [token for token in TOKENS if f"`{{{token}}}`" not in table] == []


def _logged() -> dict[str, set[str]]:
    """Give every event that the code logs, with the fields of its calls."""
    found = {
        name: {each.name for each in attrs.fields(event)} - set(left_out)
        for event, (_, name, left_out) in LINES.items()
    }
    for path in _CODE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            function = node.func
            is_level = isinstance(function, ast.Attribute) and function.attr in _LEVELS
            is_chosen = isinstance(function, ast.Name) and function.id == "log"
            first = node.args[0]
            if (is_level or is_chosen) and isinstance(first, ast.Constant):
                names = {str(keyword.arg) for keyword in node.keywords}
                found.setdefault(str(first.value), set()).update(names)
    return found


def test_the_code_logs_exactly_the_events_of_the_table() -> None:
    assert set(_logged()) == {event.name for event in EVENTS}


def test_every_event_has_exactly_the_fields_of_the_table() -> None:
    logged = _logged()
    for event in EVENTS:
        assert logged[event.name] == set(event.fields), event.name
