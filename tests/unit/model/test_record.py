from attrs import frozen

from proxx_daemon.model.record import Record


@frozen(kw_only=True)
class _Written:
    name: str
    frames: tuple[int, ...] = ()


@frozen(kw_only=True, repr=False)
class _Shown(Record):
    name: str
    frames: tuple[int, ...] = ()


def test_a_record_shows_its_fields_as_attrs_would() -> None:
    written = repr(_Written(name="A001", frames=(1, 2)))
    assert written == "_Written(name='A001', frames=(1, 2))"
    assert repr(_Shown(name="A001", frames=(1, 2))) == written.replace("_Written", "_Shown")
