import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxx_daemon.documents.strict_json import (
    MAX_BYTES,
    MAX_DEPTH,
    Refused,
    printable,
    read_document,
)
from proxx_daemon.failures.codes import Code


def refusal(data: bytes) -> tuple[Code, str]:
    with pytest.raises(Refused) as caught:
        read_document(data)
    assert str(caught.value) == caught.value.problem.message
    return caught.value.problem.code, caught.value.problem.message


def test_plain_json_is_read_as_it_stands() -> None:
    assert read_document(b'{"a": [1, -2.5, "x", true, null]}') == {"a": [1, -2.5, "x", True, None]}


@pytest.mark.parametrize("data", [b"", b" \n\t", b"\0\0\0\0"])
def test_a_document_without_content_is_empty(data: bytes) -> None:
    assert refusal(data) == (Code.SPEC_EMPTY, "The spec is empty.")


def test_one_mebibyte_is_read_and_one_byte_more_is_not() -> None:
    largest = b'"' + b"x" * (MAX_BYTES - 2) + b'"'
    assert len(largest) == 1024 * 1024
    assert read_document(largest) == "x" * (MAX_BYTES - 2)
    assert refusal(largest + b" ")[0] is Code.SPEC_TOO_LARGE


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_thirty_two_levels_are_read_and_thirty_three_are_not(opening: str, closing: str) -> None:
    def nested(levels: int) -> bytes:
        return (opening * levels + "1" + closing * levels).encode()

    assert MAX_DEPTH == 32
    read_document(nested(32))
    assert refusal(nested(33))[0] is Code.SPEC_TOO_DEEP


def test_a_depth_of_a_hundred_thousand_does_not_overflow_the_stack() -> None:
    assert refusal(b"[" * 100_000)[0] is Code.SPEC_TOO_DEEP


def test_brackets_inside_strings_do_not_count_as_depth() -> None:
    text = "[" * 40 + '\\"' + "{" * 40
    assert read_document(json.dumps([text]).encode()) == [text]


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity"])
def test_constants_that_json_does_not_have_are_refused(literal: str) -> None:
    answer = refusal(f'{{"fps_explicit": {literal}}}'.encode())
    assert answer == (Code.SPEC_NOT_JSON, f"{literal} is not a JSON number.")


@pytest.mark.parametrize("literal", ["1e999", "-1e999", "1" + "0" * 400, "-" + "9" * 5000])
def test_numbers_beyond_every_range_are_refused(literal: str) -> None:
    code, message = refusal(f"[{literal}]".encode())
    assert code is Code.SPEC_NOT_JSON
    assert message.startswith("A number ")
    assert "sys." not in message


def test_a_byte_order_mark_is_refused() -> None:
    answer = refusal(b"\xef\xbb\xbf{}")
    assert answer == (Code.SPEC_NOT_UTF8, "The spec starts with a byte order mark.")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_wider_encodings_are_refused_as_not_utf8(encoding: str) -> None:
    assert refusal('{"a": 1}'.encode(encoding))[0] is Code.SPEC_NOT_UTF8


def test_latin_1_is_refused_with_the_place_of_the_byte() -> None:
    code, message = refusal('{"a": "é"}'.encode("latin-1"))
    assert code is Code.SPEC_NOT_UTF8
    assert message.endswith("at byte 7.")


def test_blocks_that_a_crash_left_unwritten_are_named_as_zero_bytes() -> None:
    code, message = refusal(b'{"a": 1' + b"\0" * 512)
    assert code is Code.SPEC_NOT_UTF8
    assert "zero byte at byte 7" in message


@pytest.mark.parametrize(
    "data", [b'{"a": 1', b"{'a': 1}", b"[1,]", b"{} {}", b"nope", b'"\x01"', b"01", b"+1", b".5"]
)
def test_what_is_not_json_is_refused_with_line_and_column(data: bytes) -> None:
    code, message = refusal(data)
    assert code is Code.SPEC_NOT_JSON
    assert "line 1 column" in message


@pytest.mark.parametrize("data", [b'{"a":1,"a":2}', b'[{"x":{"a":1,"\\u0061":1}}]'])
def test_a_key_that_stands_twice_is_refused(data: bytes) -> None:
    assert refusal(data) == (Code.SPEC_DUPLICATE_KEY, "The key 'a' appears twice.")


def test_half_a_surrogate_pair_is_left_to_the_field_rules() -> None:
    assert read_document(b'["\\ud800"]') == ["\ud800"]


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    with suppress(Refused):
        read_document(data)


@given(st.text(st.characters(exclude_categories=())) | st.lists(st.integers()) | st.none())
def test_what_is_shown_in_a_message_is_one_short_printable_line(value: object) -> None:
    shown = printable(value)
    assert shown.isprintable()
    assert len(shown) <= 120
    shown.encode("utf-8")
