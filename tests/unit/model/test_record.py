import pytest
from attrs import frozen

from proxx_daemon.model.record import Record


@frozen(kw_only=True)
class _Written:
    name: str
    frames: tuple[int, ...] = ()


@frozen(kw_only=True, repr=False, eq=False)
class _Shown(Record):
    name: str
    frames: tuple[int, ...] = ()


class _Other(_Shown):
    """A record of another class with the same fields."""


def test_a_record_shows_its_fields_as_attrs_would() -> None:
    written = repr(_Written(name="A001", frames=(1, 2)))
    assert written == "_Written(name='A001', frames=(1, 2))"
    assert repr(_Shown(name="A001", frames=(1, 2))) == written.replace("_Written", "_Shown")


def test_records_are_equal_when_class_and_fields_are() -> None:
    one = _Shown(name="A001", frames=(1, 2))
    assert one == _Shown(name="A001", frames=(1, 2))
    assert hash(one) == hash(_Shown(name="A001", frames=(1, 2)))
    for other in (
        _Shown(name="A002", frames=(1, 2)),
        _Shown(name="A001", frames=(1,)),
        _Other(name="A001", frames=(1, 2)),
        _Written(name="A001", frames=(1, 2)),
        ("A001", (1, 2)),
    ):
        assert one != other
        assert len({one, other}) == 2


def test_a_record_with_a_field_that_cannot_be_hashed_cannot_be_either() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(_Shown(name="A001", frames=[1]))  # type: ignore[arg-type]
