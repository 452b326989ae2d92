"""`proxx completion SHELL` and `proxx manual`: what an installation gives to shells and to man."""

import argparse
import sys
from typing import Final

from proxx_daemon.cli import main, manual

_EXAMPLES: Final = """example:
  proxx completion bash > /etc/bash_completion.d/proxx
  proxx completion zsh > "${fpath[1]}/_proxx"
  proxx completion fish > ~/.config/fish/completions/proxx.fish

exit codes: 0
"""
_MANUAL: Final = """example:
  proxx manual > /usr/local/share/man/man1/proxx.1

exit codes: 0
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command lines."""
    parser = commands.add_parser(
        "completion",
        help="print the completion of a shell",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("shell", choices=manual.SHELLS, help="the shell")
    parser.set_defaults(run=run)
    parser = commands.add_parser(
        "manual",
        help="print the man page proxx(1)",
        epilog=_MANUAL,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run, shell=None)


def run(arguments: argparse.Namespace) -> int:
    """Print it; returns the exit code."""
    top = main.parser(None)
    text = (
        manual.man_page(top) if arguments.shell is None else manual.completion(arguments.shell, top)
    )
    sys.stdout.write(text)
    return 0
