import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from unit.records import document

from proxx_daemon.documents import strict_json
from proxx_daemon.jobspec import reading

ORIGIN = {
    "type": "user_profile",
    "name": "avid",
    "version": "1.0",
    "selected_at": "2026-01-31T10:00:00+01:00",
}

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=12)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT | st.just("type"), inner, max_size=4)
    ),
    max_leaves=8,
)
FIELDS = [*document(), "job_id", "fps_mode", "fps_explicit", "resolve_preset"]
FIELDS += ["resolved_tokens", "created_at", "proxy_profile_origin"]
EDGES = st.sampled_from([ORIGIN, "explicit", 1e-9, 10**399, "2.1", "/a", ["/a", "//a"], {}, ...])


def judged(value: object) -> None:
    draft = reading.read(value, generated_id="generated")
    if draft.problems:
        for problem in draft.problems:
            assert problem.message
            problem.message.encode("utf-8")
            assert problem.path.isprintable()
    else:
        assert draft.spec().sources


@given(ANY_JSON)
def test_no_json_value_crashes_the_reader(value: object) -> None:
    judged(value)


@given(st.dictionaries(st.sampled_from(FIELDS) | ANY_TEXT, ANY_JSON | EDGES, max_size=4))
@settings(max_examples=200)
def test_no_mutation_of_a_valid_spec_crashes_the_reader(changes: dict[str, Any]) -> None:
    judged(document(**changes))


@given(st.dictionaries(st.sampled_from(FIELDS), ANY_TEXT, max_size=3), st.data())
def test_no_damage_to_the_bytes_of_a_spec_crashes_the_reader(
    changes: dict[str, Any], data: st.DataObject
) -> None:
    raw = bytearray(json.dumps(document(**changes)).encode())
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] = data.draw(st.integers(0, 255))
    try:
        value = strict_json.read_document(bytes(raw))
    except strict_json.Refused:
        return
    judged(value)
