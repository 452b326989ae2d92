import pytest

from proxx_daemon.documents.strict_json import escaped, holds_control


@pytest.mark.parametrize(
    "text", ["a\nb", "a\0", "\x1b[2J", "\x7f", "\x85", "\u2028", "\u2029", "\ud800"]
)
def test_controls_and_half_pairs_are_found(text: str) -> None:
    assert holds_control(text)
    assert not holds_control(escaped(text))


@pytest.mark.parametrize(
    "text",
    ["", "A001_C001.mov", "Größe", "クリップ\u3000一", "Screen 3.12.01\u202fPM", "👩\u200d💻"],
)
def test_letters_and_spaces_of_every_script_are_text(text: str) -> None:
    assert not holds_control(text)
    assert escaped(text) == text


def test_what_turns_the_direction_of_a_text_is_shown_as_an_escape() -> None:
    assert escaped("clip\u202egpj.mov\u2066") == "clip\\u202egpj.mov\\u2066"
