"""The man page and the shell completions, out of the same descriptions as --help."""

import argparse
from collections.abc import Iterator
from typing import Final

from attrs import frozen

from proxx_daemon import __version__

#: the shells that completions can be made for
SHELLS: Final = ("bash", "zsh", "fish")
#: what the shells call the value of an argument that names a place on disk
_FOLDERS: Final = frozenset({"FOLDER", "DIR"})
_FILES: Final = frozenset({"FILE", "JOB.json", "SOURCE"})


@frozen(kw_only=True)
class Argument:
    """An option or a positional argument of one command."""

    #: every spelling; empty for a positional one
    options: tuple[str, ...]
    #: how its value is called; empty where it takes none
    value: str
    #: what it does
    meaning: str
    #: the values that it may have, where they can be listed
    choices: tuple[str, ...]
    #: whether the command needs it
    required: bool


@frozen(kw_only=True)
class Command:
    """One command of the command line."""

    #: as typed
    name: str
    #: one line
    summary: str
    #: one line in the form of --help
    usage: str
    #: the text below the options, with its example
    epilog: str
    #: in the order of --help
    arguments: tuple[Argument, ...]


def commands(top: argparse.ArgumentParser) -> tuple[Command, ...]:
    """Read every command out of the parser."""
    for action in top._actions:  # noqa: SLF001 - argparse has no public way to its parts
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            summaries = {
                each.dest: each.help or ""
                for each in action._choices_actions  # noqa: SLF001
            }
            return tuple(
                _command(name, summaries[name], parser) for name, parser in action.choices.items()
            )
    raise ValueError("the parser has no commands")


def _command(name: str, summary: str, parser: argparse.ArgumentParser) -> Command:
    arguments = tuple(
        Argument(
            options=tuple(action.option_strings),
            value=_value(action),
            meaning=action.help or "",
            choices=tuple(str(each) for each in action.choices or ()),
            required=action.required,
        )
        for action in parser._actions  # noqa: SLF001
    )
    words = [_usage(argument) for argument in arguments if "--help" not in argument.options]
    return Command(
        name=name,
        summary=summary,
        usage=" ".join([parser.prog, *words]),
        epilog=parser.epilog or "",
        arguments=arguments,
    )


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    name = action.metavar if isinstance(action.metavar, str) else None
    value = name or "|".join(str(each) for each in action.choices or ()) or action.dest.upper()
    if action.option_strings:
        return value
    return {"?": f"[{value}]", "+": f"{value}..."}.get(str(action.nargs), value)


def _usage(argument: Argument) -> str:
    if not argument.options:
        return argument.value
    words = " ".join(filter(None, (argument.options[-1], argument.value)))
    return words if argument.required else f"[{words}]"


def man_page(top: argparse.ArgumentParser) -> str:
    """Give proxx(1) in the language of man(7)."""
    return "\n".join(_man(top)) + "\n"


def _man(top: argparse.ArgumentParser) -> Iterator[str]:
    yield f'.TH PROXX 1 "" "Proxx {__version__}" "User Commands"'
    yield ".SH NAME"
    yield r"proxx \- deterministic editing proxies from camera files"
    yield ".SH SYNOPSIS"
    yield r"\fBproxx\fR \fICOMMAND\fR [\fIARGUMENTS\fR]"
    yield ".SH DESCRIPTION"
    yield _roff(top.description or "")
    yield from _verbatim(top.epilog or "")
    yield ".SH COMMANDS"
    for command in commands(top):
        yield f".SS {_roff(command.name)}"
        yield _roff(f"{command.summary[0].upper()}{command.summary[1:]}.")
        yield ".PP"
        yield rf"\fB{_roff(command.usage)}\fR"
        for argument in command.arguments:
            yield ".TP"
            names = ", ".join(argument.options) or argument.value
            value = f" {argument.value}" if argument.options and argument.value else ""
            yield rf"\fB{_roff(names)}\fR{_roff(value)}"
            yield _roff(argument.meaning or "-")
        yield ".PP"
        yield from _verbatim(command.epilog)
    yield ".SH FILES"
    yield ".TP"
    yield r"\fIFOLDER/pending\fR"
    yield "Drop JobSpecs here."
    yield ".TP"
    yield r"\fIFOLDER/completed\fR, \fIFOLDER/failed\fR"
    yield "Each finished spec with its result and the log of its engine."
    yield ".TP"
    yield r"\fI/etc/proxx/NAME.toml\fR"
    yield "The configuration of the service proxx@NAME."


def _verbatim(text: str) -> Iterator[str]:
    if text:
        yield ".nf"
        yield from (_roff(line) for line in text.strip().splitlines())
        yield ".fi"


def _roff(text: str) -> str:
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return f"\\&{escaped}" if escaped.startswith(".") else escaped


def completion(shell: str, top: argparse.ArgumentParser) -> str:
    """Give the completion of one of `SHELLS`."""
    makers = {"bash": _bash, "zsh": _zsh, "fish": _fish}
    return "\n".join(makers[shell](commands(top))) + "\n"


def _words(command: Command) -> str:
    return " ".join(option for argument in command.arguments for option in argument.options)


def _positional(command: Command) -> tuple[Argument, ...]:
    return tuple(argument for argument in command.arguments if not argument.options)


def _place(value: str) -> str:
    """Say what a value names on disk: d for a folder, f for a file; empty for neither."""
    bare = value.strip("[]").removesuffix("...")
    return "d" if bare in _FOLDERS else "f" if bare in _FILES else ""


def _bash(every: tuple[Command, ...]) -> Iterator[str]:
    yield "# bash completion for proxx"
    yield "_proxx() {"
    yield "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}"
    yield "    local command=${COMP_WORDS[1]}"
    yield "    if ((COMP_CWORD == 1)); then"
    names = " ".join(command.name for command in every)
    yield f'        COMPREPLY=($(compgen -W "{names} --help --version" -- "$word"))'
    yield "        return"
    yield "    fi"
    yield '    case "$command $before" in'
    for command in every:
        for argument in command.arguments:
            if argument.options and argument.value:
                patterns = "|".join(f'"{command.name} {option}"' for option in argument.options)
                place = _place(argument.value)
                reply = f"-{place}" if place else f'-W "{" ".join(argument.choices)}"'
                yield f'        {patterns}) COMPREPLY=($(compgen {reply} -- "$word")); return ;;'
    yield "    esac"
    yield '    case "$command" in'
    for command in every:
        values = " ".join(each for argument in _positional(command) for each in argument.choices)
        places = {_place(argument.value) for argument in _positional(command)} - {""}
        flags = "".join(f" -{place}" for place in sorted(places))
        words = " ".join(filter(None, (values, _words(command))))
        yield f'        {command.name}) COMPREPLY=($(compgen{flags} -W "{words}" -- "$word")) ;;'
    yield "    esac"
    yield "}"
    yield "complete -o filenames -F _proxx proxx"


def _zsh(every: tuple[Command, ...]) -> Iterator[str]:
    yield "#compdef proxx"
    yield "_proxx() {"
    yield "    local -a commands"
    yield "    commands=("
    for command in every:
        yield f"        {_quoted(f'{command.name}:{command.summary}')}"
    yield "    )"
    yield "    if ((CURRENT == 2)); then"
    yield "        _describe command commands"
    yield "        return"
    yield "    fi"
    yield "    local command=$words[2]"
    yield "    shift words"
    yield "    ((CURRENT--))"
    yield '    case "$command" in'
    for command in every:
        yield f"        {command.name}) _arguments \\"
        specs = [spec for argument in command.arguments for spec in _zsh_specs(argument)]
        for spec in specs[:-1]:
            yield f"            {_quoted(spec)} \\"
        yield f"            {_quoted(specs[-1])} ;;"
    yield "    esac"
    yield "}"
    yield '_proxx "$@"'


def _zsh_specs(argument: Argument) -> Iterator[str]:
    place = {"d": "_files -/", "f": "_files", "": ""}[_place(argument.value)]
    action = f"({' '.join(argument.choices)})" if argument.choices else place
    name = argument.value.strip("[]").removesuffix("...").replace(":", "")
    meaning = argument.meaning.replace("[", "(").replace("]", ")").replace(":", "\\:")
    if not argument.options:
        yield f"*:{name}:{action}"
    for option in argument.options:
        yield f"{option}[{meaning}]" + (f":{name}:{action}" if argument.value else "")


def _fish(every: tuple[Command, ...]) -> Iterator[str]:
    yield "# fish completion for proxx"
    yield "complete -c proxx -f"
    for command in every:
        summary = _quoted(command.summary)
        yield f"complete -c proxx -n __fish_use_subcommand -a {command.name} -d {summary}"
    for command in every:
        start = f"complete -c proxx -n '__fish_seen_subcommand_from {command.name}'"
        for argument in command.arguments:
            names = "".join(
                f" -l {option[2:]}" if option.startswith("--") else f" -s {option[1:]}"
                for option in argument.options
            )
            place = {"d": " -a '(__fish_complete_directories)'", "f": " -F", "": ""}
            choices = f" -a {_quoted(' '.join(argument.choices))}" if argument.choices else ""
            needs = " -r" if argument.options and argument.value else ""
            what = choices or place[_place(argument.value)]
            if argument.options:
                yield f"{start}{names}{needs}{what} -d {_quoted(argument.meaning)}"
            elif what:
                yield f"{start}{what}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
