"""The page of failures has a section for every code; pages name only commands that exist."""

import re

import command_pages
import generate
import pytest

from proxx_daemon.failures.codes import Code

PAGE = generate.pages()["reference/failures.md"]


@pytest.mark.parametrize("code", list(Code))
def test_every_code_has_one_section_with_what_to_do_and_how_it_goes_on(code: Code) -> None:
    assert PAGE.count(f"\n### {code}\n") == 1
    section = PAGE.partition(f"\n### {code}\n")[2].partition("\n##")[0]
    assert "- **Do:** " in section
    assert "- **Then:** " in section


@pytest.mark.parametrize(
    "name",
    [
        "start/install.md",
        "how-to/deployment.md",
        "how-to/operating.md",
        "reference/failures.md",
        "reference/watch-folder.md",
    ],
)
def test_pages_name_only_commands_that_there_are(name: str) -> None:
    text = (generate.FOLDER / name).read_text("utf-8")
    named = set(re.findall(r"(?:^|`|/|proxx )proxx ([a-z][a-z-]+)", text, re.MULTILINE))
    assert named
    assert named <= set(command_pages.commands())


def test_the_script_for_ci_stands_in_the_page_as_it_is() -> None:
    script = (generate.FOLDER / "how-to" / "deployment" / "ci-job.sh").read_text("utf-8")
    assert f"```sh\n{script}```" in (generate.FOLDER / "how-to" / "deployment.md").read_text(
        "utf-8"
    )
