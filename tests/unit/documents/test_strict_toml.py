"""TOML is what TOML is, except for keys that no person writes."""

import pytest

from proxx_daemon.documents import strict_toml

_NAMES = [f"n{number}" for number in range(33)]


@pytest.mark.parametrize(
    "text",
    [
        f'text = "{".".join(_NAMES)}"',
        f"text = '{'.'.join(_NAMES)}'",
        f'text = """\n{".".join(_NAMES)}\n"""',
        f"text = '''{'.'.join(_NAMES)}'''",
        f"# {'.'.join(_NAMES)}\ntext = 1.5",
        f'text = "\\"{".".join(_NAMES)}"',
        f"{'.'.join(_NAMES[:32])} = 1",
    ],
    ids=["basic", "literal", "lines", "literal lines", "comment", "escaped", "32 names"],
)
def test_dots_of_a_text_are_no_key(text: str) -> None:
    assert strict_toml.parse(text)


@pytest.mark.parametrize("dot", [".", " . "])
def test_a_long_key_is_refused(dot: str) -> None:
    for text in (f"{dot.join(_NAMES)} = 1", f'text = "x"\n[{dot.join(_NAMES)}]'):
        with pytest.raises(ValueError, match="more than 32 names"):
            strict_toml.parse(text)


def test_what_is_nested_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="too deep"):
        strict_toml.parse("a=" + "[" * 100_000)
