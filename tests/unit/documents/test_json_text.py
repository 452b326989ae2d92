"""JSON for people: what a line holds, and that programs read the same."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxx_daemon.documents.json_text import readable

_LONG = "x" * 95
_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(_ANY)
def test_whatever_is_written_is_read_back_the_same(document: object) -> None:
    assert json.loads(readable(document)) == document


def test_nothing_that_a_terminal_obeys_is_left_as_it_is() -> None:
    document = {"\x7f": "\x1b\x9b2K", "a": ["\u2028\u2029\u202e\u2066\x85", "é\u202f👩\u200d💻"]}
    text = readable(document)
    assert json.loads(text) == document
    assert "é\u202f👩\u200d💻" in text
    assert not [each for each in text if each in "\x1b\x7f\x85\x9b\u2028\u2029\u202e\u2066"]


@pytest.mark.parametrize(
    ("document", "lines"),
    [
        ({"a": 1, "b": "x"}, ["{", '  "a": 1,', '  "b": "x"', "}"]),
        (
            {"a": {"b": 1, "c": [True, None]}},
            ["{", '  "a": {', '    "b": 1,', '    "c": [true, null]', "  }", "}"],
        ),
        (
            {"check": {"name": "size", "ok": True}},
            ["{", '  "check": {"name": "size", "ok": true}', "}"],
        ),
        (
            {"words": ["-i", _LONG]},
            ["{", '  "words": [', '    "-i",', f'    "{_LONG}"', "  ]", "}"],
        ),
        ({"deep": [[1, 2], []]}, ["{", '  "deep": [', "    [1, 2],", "    []", "  ]", "}"]),
        ([], ["[]"]),
        ({}, ["{}"]),
        (7, ["7"]),
        ("Größe", ['"Größe"']),
    ],
)
def test_a_short_list_or_object_without_inner_ones_is_one_line(
    document: object, lines: list[str]
) -> None:
    assert readable(document).split("\n") == lines


def test_a_key_keeps_its_place_and_its_signs() -> None:
    text = readable({"b\n": 1, "a": [{"x": 1}]})
    assert list(json.loads(text)) == ["b\n", "a"]
    assert '"b\\n": 1' in text
