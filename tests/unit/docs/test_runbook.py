"""The runbook has a section for every code, and its advice fits the command line."""

import re

import generate
import pytest
import runbook

from proxx_daemon.cli import manual
from proxx_daemon.cli.main import parser
from proxx_daemon.failures.codes import Code

PAGE = generate.pages()["reference/runbook.md"]


@pytest.mark.parametrize("code", list(Code))
def test_every_code_has_a_section_with_what_to_do_and_how_it_goes_on(code: Code) -> None:
    section = PAGE.partition(f"\n### {code}\n")[2].partition("\n##")[0]
    assert "- **Do:** " in section
    assert "- **Then:** " in section


def test_every_hint_is_about_a_code() -> None:
    assert set(runbook._LOOK) <= set(Code)


@pytest.mark.parametrize(
    "name",
    [
        *("start/install.md", "how-to/deployment.md", "how-to/operating.md"),
        *("reference/runbook.md", "reference/watch-folder.md"),
    ],
)
def test_pages_name_only_commands_that_there_are(name: str) -> None:
    text = (generate.FOLDER / name).read_text("utf-8")
    known = {command.name for command in manual.commands(parser(None))}
    named = set(re.findall(r"(?:^|`|/|proxx )proxx ([a-z][a-z-]+)", text, re.MULTILINE))
    assert named
    assert named <= known


def test_the_script_for_ci_stands_in_the_page_as_it_is() -> None:
    script = (generate.FOLDER / "how-to" / "deployment" / "ci-job.sh").read_text("utf-8")
    assert f"```sh\n{script}```" in (generate.FOLDER / "how-to" / "deployment.md").read_text(
        "utf-8"
    )
