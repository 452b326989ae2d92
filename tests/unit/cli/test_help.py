"""Each command explains itself: what it does, each argument, an example, its exit codes."""

import re

import command_pages
import pytest

from proxx_daemon.cli.commands import parser

COMMANDS = command_pages.commands()


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_an_example_of_itself_and_its_exit_codes(name: str) -> None:
    epilog = COMMANDS[name].epilog or ""
    example = epilog.partition("example:\n")[2].partition("\n\n")[0]
    assert f"proxx {name}" in example
    assert re.search(r"^exit codes: 0", epilog, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_says_how_a_wrong_command_line_and_an_interrupt_end(name: str) -> None:
    epilog = COMMANDS[name].epilog or ""
    assert "4 for a wrong command line" in epilog
    assert ("130 after Ctrl-C" in epilog) is (name not in ("run", "watch"))


def test_the_program_itself_has_an_example_and_its_exit_code() -> None:
    epilog = parser().epilog or ""
    assert "example:\n" in epilog
    assert "4 for a wrong command line" in epilog


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_argument_is_explained(name: str) -> None:
    for action in COMMANDS[name]._actions:
        assert action.help, action
