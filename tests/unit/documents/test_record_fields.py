"""A field that a record declares once is read, written, in the schema and in the tables."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import attrs
import pytest
from attrs import field, frozen
from jsonschema import Draft202012Validator

from proxx_daemon.documents.fields import Objection, Rule, fields_of, more
from proxx_daemon.documents.record_reading import RecordReader
from proxx_daemon.documents.schema import record_schema
from proxx_daemon.documents.writing import converter
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Problem
from proxx_daemon.jobspec import reading
from proxx_daemon.jobspec.jobspec import JobSpec


class Light(StrEnum):
    DAY = "day"
    NIGHT = "night"


@frozen(kw_only=True)
class Hash:
    format: Annotated[str, "How.", more(name="kind")]
    value: Annotated[str, "What."]


def _short(text: str) -> list[Objection]:
    if len(text) <= 3:
        return []
    return [Objection(message="is too long.", allowed="3 characters", found=text)]


@frozen(kw_only=True)
class Slate:
    version: Annotated[str, "Version.", more(constant="1")]
    scene: Annotated[str, "Scene.", Rule(says="short", schema={"maxLength": 3}, check=_short)]
    id: Annotated[str, "Identity.", more(generated=True)]
    light: Annotated[Light, "Light."] = field(default=Light.DAY)
    moon: Annotated[bool | None, "Moon.", more(only_with=("light", Light.NIGHT))] = field(
        default=None
    )
    take: Annotated[int | None, "Take."] = field(default=None)
    seconds: Annotated[float | None, "Length."] = field(default=None)
    at: Annotated[datetime | None, "When."] = field(default=None)
    hashes: Annotated[tuple[tuple[Hash, ...] | None, ...], "One entry for each source."] = field(
        default=()
    )


NIGHT: dict[str, Any] = {
    "version": "1",
    "scene": "12A",
    "id": "x",
    "light": "night",
    "moon": True,
    "take": 3,
    "seconds": 1.5,
    "at": "2026-01-31T10:00:00+00:00",
    "hashes": [None, [{"kind": "md5", "value": "ab"}], []],
}


def read(**changes: Any) -> tuple[dict[str, Any], list[Problem]]:
    document = {key: value for key, value in {**NIGHT, **changes}.items() if value is not ...}
    reader = RecordReader("a slate")
    values = reader.record(Slate, document)
    admitted = Draft202012Validator(record_schema(Slate)).is_valid(document)
    assert admitted is not bool(reader.problems), (document, reader.problems)
    return values, reader.problems


def test_a_complete_document_becomes_the_values_of_its_record_and_is_written_the_same() -> None:
    values, problems = read()
    assert problems == []
    slate = Slate(**values)
    assert slate.light is Light.NIGHT
    assert slate.at == datetime(2026, 1, 31, 10, tzinfo=UTC)
    assert slate.hashes == (None, (Hash(format="md5", value="ab"),), ())
    assert converter().unstructure(slate) == NIGHT


def test_what_has_a_default_or_is_generated_may_be_absent() -> None:
    values, problems = read(id=..., light=..., moon=..., take=..., seconds=..., at=..., hashes=...)
    assert problems == []
    assert values == {"version": "1", "scene": "12A"}


@pytest.mark.parametrize(
    ("changes", "code", "path", "message"),
    [
        ({"version": 1}, Code.FIELD_TYPE, "version", 'must be the string "1"; it is the number 1.'),
        ({"scene": ...}, Code.FIELD_MISSING, "scene", "Required field 'scene' is missing."),
        ({"scene": "12AB"}, Code.FIELD_VALUE, "scene", "scene is too long."),
        ({"colour": 1}, Code.FIELD_UNKNOWN, "colour", "'colour' is not a field of a slate."),
        ({"light": "dusk"}, Code.FIELD_VALUE, "light", "light 'dusk' is not allowed."),
        ({"moon": ...}, Code.FIELD_MISSING, "moon", "is required when light is night."),
        ({"light": "day"}, Code.FIELD_VALUE, "moon", "is allowed only when light is night."),
        ({"moon": 1}, Code.FIELD_TYPE, "moon", "moon must be true or false."),
        ({"take": 1.5}, Code.FIELD_VALUE, "take", "take must be a whole number."),
        ({"take": True}, Code.FIELD_TYPE, "take", "take must be a number, not boolean."),
        ({"take": None}, Code.FIELD_TYPE, "take", "take must be a number, not null."),
        ({"seconds": "1"}, Code.FIELD_TYPE, "seconds", "seconds must be a number, not string."),
        ({"at": "2026-01-31"}, Code.FIELD_VALUE, "at", "at has no offset from UTC."),
        ({"hashes": {}}, Code.FIELD_TYPE, "hashes", "hashes must be an array, not object."),
        ({"hashes": [5]}, Code.FIELD_TYPE, "hashes[0]", "[0] must be an array, not number."),
        ({"hashes": [[5]]}, Code.FIELD_TYPE, "hashes[0][0]", "must be an object, not number."),
        (
            {"hashes": [None, [{"kind": "md5", "value": 5}]]},
            Code.FIELD_TYPE,
            "hashes[1][0].value",
            "hashes[1][0].value must be a string, not number.",
        ),
    ],
)
def test_one_mistake_is_reported_with_its_path_and_refused_by_the_schema(
    changes: dict[str, Any], code: Code, path: str, message: str
) -> None:
    _, problems = read(**changes)
    assert [(each.code, each.path) for each in problems] == [(code, path)]
    assert message in problems[0].message


def test_every_mistake_is_reported_at_once() -> None:
    _, problems = read(version=..., scene=5, colour=1, take="x", hashes=[[{"kind": 1}]])
    assert {each.path for each in problems} == {
        "version",
        "scene",
        "colour",
        "take",
        "hashes[0][0].kind",
        "hashes[0][0].value",
    }


def test_a_document_that_proxx_writes_has_every_field_and_null_for_none() -> None:
    schema = Draft202012Validator(record_schema(Slate, written=True))
    plain = Slate(version="1", scene="1", id="x")
    document = converter().unstructure(plain)
    schema.validate({**document, "hashes": []})
    assert document["take"] is None
    del document["take"]
    assert not schema.is_valid({**document, "hashes": []})


def test_one_declaration_makes_a_new_field_of_the_jobspec() -> None:
    @frozen(kw_only=True)
    class Larger(JobSpec):
        rank: Annotated[int | None, "How urgent it is."] = field(default=None)

    document = {
        "jobspec_version": "2.1",
        "job_id": "x",
        "sources": ["/a.mov"],
        "output_directory": "/p",
        "codec": "h264",
        "container": "mp4",
        "resolution": "half",
        "naming_template": "{source_name}",
        "proxy_profile": "proxy_h264_low",
        "fps_mode": "same-as-source",
        "rank": 7,
    }
    reader = RecordReader("JobSpec")
    spec = Larger(**reader.record(Larger, document))
    assert reader.problems == []
    assert reading.write(spec) == document
    reader.record(Larger, {**document, "rank": "high"})
    assert [each.message for each in reader.problems] == ["rank must be a number, not string."]
    assert record_schema(Larger)["properties"]["rank"]["type"] == "integer"


def test_every_field_of_a_document_has_its_words() -> None:
    for record in (JobSpec, Slate):
        assert list(fields_of(record)) == [each.name for each in attrs.fields(record)]
        assert all(each.about.endswith(".") for each in fields_of(record).values())
