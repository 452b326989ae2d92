"""Every relative link and anchor of the pages resolves, and every path that they name exists."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import generate
import pytest

_ROOT: Final = generate.FOLDER.parent
_PAGES: Final = sorted(
    str(page.relative_to(_ROOT))
    for pattern in ("*.md", "docs/**/*.md", "bench/*.md", "profiles/**/*.md", ".github/*.md")
    for page in _ROOT.glob(pattern)
)
_CODE_BLOCK: Final = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_LINK: Final = re.compile(r"\]\(([^)#\s]*)#?([^)\s]*)\)")
_DOCS_PATH: Final = re.compile(r"(?<![\w/.-])docs/[\w./-]*[\w/]")


def _anchors(page: Path) -> set[str]:
    """Return the anchors of a page, made of its headings as GitHub makes them."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.+)$", _without_code(page), re.MULTILINE):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", words.lower()).strip().replace(" ", "-")
        number = 0
        while (name := f"{slug}-{number}" if number else slug) in found:
            number += 1
        found.add(name)
    return found


def _without_code(page: Path) -> str:
    return _CODE_BLOCK.sub("", page.read_text("utf-8"))


def _broken(page: Path) -> Iterator[str]:
    for path, anchor in _LINK.findall(_without_code(page)):
        if re.match(r"[a-z]+:", path):
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            yield f"{path}: there is no such file"
        elif anchor and anchor not in _anchors(target):
            yield f"{path}#{anchor}: there is no such heading"


@pytest.mark.parametrize("page", _PAGES)
def test_every_link_of_a_page_leads_somewhere(page: str) -> None:
    assert list(_broken(_ROOT / page)) == []


def test_the_link_test_sees_a_missing_file_and_a_missing_heading(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A title\n[good](#a-title) [bad](#another) [gone](gone.md)\n", "utf-8")
    assert len(list(_broken(page))) == 2


def test_every_page_of_the_docs_is_reached_from_their_index() -> None:
    seen: set[Path] = set()
    waiting = [generate.FOLDER / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        for path, _ in _LINK.findall(_without_code(page)):
            if path and not re.match(r"[a-z]+:", path):
                waiting.append((page.parent / path).resolve())
    assert {page for page in generate.FOLDER.rglob("*.md") if page.resolve() not in seen} == set()


def _sources() -> Iterator[Path]:
    for pattern in ("proxx_daemon/**/*.py", "docs/*.py", "demo/*.py", "bench/*.py"):
        yield from _ROOT.glob(pattern)
    for pattern in ("systemd/**/*", "launchd/*", "profiles/**/*.toml", "Makefile"):
        yield from (path for path in _ROOT.glob(pattern) if path.is_file())


def test_every_page_that_code_and_messages_name_exists() -> None:
    missing = {
        f"{source.relative_to(_ROOT)}: {path}"
        for source in _sources()
        for path in _DOCS_PATH.findall(source.read_text("utf-8"))
        if not (_ROOT / path).exists() and not list(_ROOT.glob(f"{path}*"))
    }
    assert missing == set()


def test_every_path_that_the_architecture_names_exists() -> None:
    text = (_ROOT / "ARCHITECTURE.md").read_text("utf-8")
    named = set(re.findall(r"`([a-z][\w./-]*/[\w./-]*)`", text))
    bases = (_ROOT, _ROOT / "proxx_daemon")
    missing = {
        path
        for path in named
        if "NAME" not in path and not any((base / path).exists() for base in bases)
    }
    assert missing == set()


def test_the_architecture_lists_every_folder_of_the_code() -> None:
    text = (_ROOT / "ARCHITECTURE.md").read_text("utf-8")
    listed = set(re.findall(r"^([a-z]+) {2,}\S", text, re.MULTILINE))
    code = _ROOT / "proxx_daemon"
    folders = {path.parent.name for path in code.glob("*/__init__.py")}
    assert listed == folders | {"api"}


@pytest.mark.parametrize("page", _PAGES)
def test_pages_name_only_commands_of_the_makefile(page: str) -> None:
    makefile = (_ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    text = (_ROOT / page).read_text("utf-8")
    named = set(re.findall(r"(?:^|`)(?:PYTHON=\S+ )?make ([a-z][a-z-]*)", text, re.MULTILINE))
    assert named <= targets


def test_the_hooks_of_pre_commit_are_the_checks_of_make_test() -> None:
    makefile = (_ROOT / "Makefile").read_text("utf-8")
    checks = re.search(r"^test: (.*?) ##", makefile, re.MULTILINE)
    hooks = (_ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    assert checks is not None
    assert re.findall(r"entry: make (\S+)", hooks) == checks[1].split()


def test_no_page_installs_the_package_of_another_project() -> None:
    wrong = re.compile(
        r"(?:pipx?|uv)\b.*\b(?:install|download|add)\b.*['\"\s]proxx(?:[\[='\"\s]|$)"
    )
    places = [*(_ROOT / page for page in _PAGES if page != "CHANGELOG.md"), *_sources()]
    found = {
        f"{place.relative_to(_ROOT)}: {line}"
        for place in places
        for line in place.read_text("utf-8").splitlines()
        if wrong.search(line)
    }
    assert found == set()
