"""--help, man page and completions come out of one description, and each command has an example."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from proxx_daemon.cli import manual
from proxx_daemon.cli.main import parser

COMMANDS = {command.name: command for command in manual.commands(parser(None))}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_an_example_of_itself_and_its_exit_codes(name: str) -> None:
    epilog = COMMANDS[name].epilog
    assert "example:\n" in epilog
    example = epilog.partition("example:\n")[2].partition("\n\n")[0]
    assert f"proxx {name}" in example
    assert re.search(r"exit codes?: 0", epilog)


def test_the_program_itself_has_an_example() -> None:
    assert "example:\n" in (parser(None).epilog or "")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_argument_is_explained(name: str) -> None:
    for argument in COMMANDS[name].arguments:
        assert argument.meaning, argument


def test_the_man_page_holds_every_command_and_option() -> None:
    page = manual.man_page(parser(None))
    for command in COMMANDS.values():
        assert f".SS {command.name}".replace("-", "\\-") in page
        for argument in command.arguments:
            for option in argument.options:
                assert option.replace("-", "\\-") in page


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_the_man_page_is_good_roff(tmp_path: Path) -> None:
    path = tmp_path / "proxx.1"
    path.write_text(manual.man_page(parser(None)))
    command = [str(shutil.which("groff")), "-man", "-ww", "-z", "-Tutf8", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def _complete(tmp_path: Path, *words: str) -> set[str]:
    """Ask bash what it offers for the last of some words."""
    script = tmp_path / "proxx.bash"
    script.write_text(manual.completion("bash", parser(None)))
    line = " ".join(f"'{word}'" for word in words)
    program = (
        f"source {script}; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _proxx;"
        ' printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        [str(shutil.which("bash")), "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert done.stderr == ""
    return set(done.stdout.split())


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("proxx", "resu"), {"resume", "resubmit"}),
        (("proxx", "watch", "--m"), {"--max-workers"}),
        (("proxx", "schema", "j"), {"jobspec"}),
        (("proxx", "watch", "fol"), {"folder"}),
        (("proxx", "watch", "--config", "fi"), {"file.toml"}),
        (("proxx", "status", "folder", "--f"), {"--follow"}),
    ],
)
def test_bash_completes(words: tuple[str, ...], offered: set[str], tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file.toml").touch()
    assert offered <= _complete(tmp_path, *words)
    if len(words) == 2:
        assert _complete(tmp_path, *words) == offered


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_other_shells_know_every_command_and_option(shell: str, tmp_path: Path) -> None:
    text = manual.completion(shell, parser(None))
    for command in COMMANDS.values():
        assert command.name in text
        for argument in command.arguments:
            for option in argument.options:
                assert (option if shell == "zsh" else option.lstrip("-")) in text
    program = shutil.which(shell)
    if program is not None:
        path = tmp_path / "completion"
        path.write_text(text)
        done = subprocess.run([program, "-n", str(path)], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
