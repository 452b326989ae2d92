"""The page of commands, from the same descriptions as --help."""

import argparse
from collections.abc import Iterator


def lines(top: argparse.ArgumentParser) -> Iterator[str]:
    """Write the page below its title."""
    yield "`proxx COMMAND --help` prints the same. A wrong command line ends with 4 in every"
    yield "command."
    for action in top._actions:  # noqa: SLF001 - argparse has no public list of its parts
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for choice in action._choices_actions:  # noqa: SLF001
                yield from _command(action.choices[choice.dest], choice.help or "")


def _command(parser: argparse.ArgumentParser, summary: str) -> Iterator[str]:
    yield ""
    yield f"## {parser.prog}"
    yield ""
    yield f"{summary[:1].upper()}{summary[1:]}."
    yield ""
    options = [each for each in parser._actions if each.dest != "help"]  # noqa: SLF001
    if options:
        yield "| argument | meaning |"
        yield "| --- | --- |"
    for option in options:
        meaning = " ".join((option.help or "").split()).replace("|", "\\|")
        yield f"| `{_spelling(option)}` | {meaning} |"
    if parser.epilog:
        yield ""
        yield "```"
        yield from parser.epilog.strip().splitlines()
        yield "```"


def _spelling(option: argparse.Action) -> str:
    value = option.metavar if isinstance(option.metavar, str) else ""
    if not value and option.nargs != 0:
        value = ",".join(map(str, option.choices or ())) or option.dest.upper()
    if option.nargs in ("+", "*"):
        value += "..."
    if not option.option_strings:
        return f"[{value}]" if option.nargs in ("?", "*") else value
    spelling = f"{', '.join(option.option_strings)} {value}".strip().replace("|", "\\|")
    return spelling if option.required else f"[{spelling}]"
