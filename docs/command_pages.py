"""The man page and the shell completions, from the same descriptions as --help.

shtab and argparse-manpage write them; this says what the two cannot know of Proxx.
"""

import argparse
from collections.abc import Iterator
from functools import partial
from typing import Final

import shtab
from argparse_manpage.manpage import Manpage

from proxx_daemon import __version__
from proxx_daemon.cli.commands import parser

#: the file of each shell, below docs/
COMPLETIONS: Final = {
    "bash": "completion/proxx.bash",
    "zsh": "completion/_proxx",
    "fish": "completion/proxx.fish",
}
#: what a shell offers for an argument, by the name of its value
_PLACES: Final = {
    **dict.fromkeys(("FOLDER", "DIR"), shtab.DIRECTORY),
    **dict.fromkeys(("FILE", "SOURCE", "JOB.json", "RESULT.json"), shtab.FILE),
}
_FILES: Final = r""".TP
\fIFOLDER/pending\fR
Put JobSpecs here.
.TP
\fIFOLDER/completed\fR, \fIFOLDER/failed\fR
Each finished spec with its result and the log of its engine.
.TP
\fI/etc/proxx/NAME.toml\fR
The configuration of the service proxx@NAME."""


def commands() -> dict[str, argparse.ArgumentParser]:
    """Return the parser of each command, by its name."""
    return _commands(parser())


def completion(shell: str) -> str:
    """Return the completion script for a shell of `COMPLETIONS`."""
    top = parser()
    for command in _commands(top).values():
        for action in command._actions:  # noqa: SLF001 - argparse has no public list of them
            if isinstance(action.metavar, str) and action.metavar in _PLACES:
                action.complete = _PLACES[action.metavar]  # type: ignore[attr-defined]
    return shtab.complete(top, shell)


def man_page() -> str:
    """Return proxx(1)."""
    top = parser()
    examples = "\n".join(_verbatim(top))
    top.epilog = None
    for each in (top, *_commands(top).values()):
        # Whatever the width of the terminal that `make docs` runs in.
        each.formatter_class = partial(argparse.RawDescriptionHelpFormatter, width=78)
    top._subparsers.title = "commands"  # type: ignore[union-attr]  # noqa: SLF001 - as above
    page = Manpage(top, format="single-commands-section")
    page.date = ""
    page.source = f"Proxx {__version__}"
    page.manual = "User Commands"
    page.description = "deterministic editing proxies from camera files"
    page.add_section("EXAMPLES AND EXIT STATUS", "=", examples)
    page.add_section("FILES", "=", _FILES)
    return str(page)


def _commands(top: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    (action,) = top._subparsers._group_actions  # type: ignore[union-attr]  # noqa: SLF001
    return dict(action.choices or {})


def _verbatim(top: argparse.ArgumentParser) -> Iterator[str]:
    """Yield what stands below the options of each command, which the library leaves out."""
    for each in (top, *_commands(top).values()):
        yield f".SS {_roff(each.prog)}"
        yield ".nf"
        yield from map(_roff, (each.epilog or "").strip().splitlines())
        yield ".fi"


def _roff(text: str) -> str:
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return f"\\&{escaped}" if escaped.startswith(".") else escaped
