"""The man page and the completions hold every command, and their readers take them."""

import shutil
import subprocess
from pathlib import Path

import command_pages
import pytest

COMMANDS = command_pages.commands()
OPTIONS = {
    option
    for command in COMMANDS.values()
    for action in command._actions
    for option in action.option_strings
    if option.startswith("--")
}


def test_the_man_page_holds_every_command_option_and_example() -> None:
    page = command_pages.man_page().replace("\\-", "-")
    for name, command in COMMANDS.items():
        assert f".SS \\fBproxx {name}\\fR" in page
        assert (command.epilog or "").strip().splitlines()[-1] in page
    assert all(option in page for option in OPTIONS - {"--help"})


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_the_man_page_is_good_roff(tmp_path: Path) -> None:
    path = tmp_path / "proxx.1"
    path.write_text(command_pages.man_page())
    command = [str(shutil.which("groff")), "-man", "-ww", "-z", "-Tutf8", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_man_page_does_not_depend_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    narrow = command_pages.man_page()
    monkeypatch.setenv("COLUMNS", "200")
    assert command_pages.man_page() == narrow


def _complete(tmp_path: Path, *words: str) -> set[str]:
    """Ask bash what it offers for the last of some words."""
    script = tmp_path / "proxx.bash"
    script.write_text(command_pages.completion("bash"))
    line = " ".join(f"'{word}'" for word in words)
    program = (
        f"source {script}; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _shtab_proxx;"
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
    assert _complete(tmp_path, *words) == offered


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_other_shells_know_every_command_and_option(shell: str, tmp_path: Path) -> None:
    text = command_pages.completion(shell)
    assert all(name in text for name in COMMANDS)
    assert all((option if shell == "zsh" else option.lstrip("-")) in text for option in OPTIONS)
    program = shutil.which(shell)
    if program is not None:
        path = tmp_path / "completion"
        path.write_text(text)
        done = subprocess.run([program, "-n", str(path)], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
