"""The examples of the pages are valid: JobSpecs, user profiles and command lines."""

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import generate
import pytest

from proxx_daemon import api
from proxx_daemon.cli.commands import parser

_ROOT: Final = generate.FOLDER.parent
_PAGES: Final = [
    *(_ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
    *sorted(generate.FOLDER.rglob("*.md")),
]


def _blocks(page: Path, kind: str) -> list[str]:
    text = page.read_text("utf-8")
    found = re.findall(r"^ *```(\w*)\n(.*?)^ *```$", text, re.DOTALL | re.MULTILINE)
    return [block for each, block in found if each == kind]


@pytest.mark.parametrize("page", ["README.md", "docs/start/first-proxies.md"])
def test_the_jobspec_of_a_page_is_valid(page: str) -> None:
    (spec,) = (
        text for text in _blocks(_ROOT / page, "json") if '"jobspec_version": "2' in text[:40]
    )
    assert api.validate(spec, check_paths=False).jobspec_version == "2.1"


def _command_lines() -> Iterator[tuple[str, list[str]]]:
    for page in _PAGES:
        for block in _blocks(page, ""):
            for line in block.replace("\\\n", " ").splitlines():
                found = re.match(r" *(?:sudo (?:-u proxx )?)?proxx ([a-z].*)", line)
                if found:
                    yield page.name, shlex.split(found[1], comments=True)


def _known(top: argparse.ArgumentParser) -> dict[str, set[str]]:
    """Return the options of every command."""
    (commands,) = (each for each in top._actions if each.dest == "command")
    assert isinstance(commands.choices, dict)
    return {
        name: {option for action in each._actions for option in action.option_strings}
        for name, each in commands.choices.items()
    }


def test_the_command_lines_of_the_pages_have_commands_and_options_that_exist() -> None:
    known = _known(parser(None))
    lines = list(_command_lines())
    assert len(lines) > 20
    for page, (command, *arguments) in lines:
        for name in command.split("|"):
            assert name in known, f"{page}: proxx {name}"
            options = {each.partition("=")[0] for each in arguments if each.startswith("--")}
            assert options <= known[name], f"{page}: proxx {name}"
