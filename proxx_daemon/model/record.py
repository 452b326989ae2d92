"""How records show themselves to whoever looks into a test, a debugger or the API, and what makes
two of them equal.
"""

from typing import Any, cast

import attrs


class Record:
    """Base of the records that a command imports: what attrs would give each of them.

    attrs writes and compiles `__repr__`, `__eq__` and `__hash__` for each class while it is
    imported, which took an eighth of the start of `proxx validate`; these are written once, and
    ask for the fields when they are called. The class says `repr=False, eq=False` to attrs, and
    one that changes only `repr=False`: it must not be hashed.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in _fields(self))
        return f"{type(self).__qualname__}({shown})"

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return _fields(self) == _fields(other)

    def __hash__(self) -> int:
        return hash((type(self), *_fields(self)))


def _fields(record: object) -> list[tuple[str, Any]]:
    """Give name and value of each field, in the order in which they are written down."""
    fields = attrs.fields(cast("type[attrs.AttrsInstance]", type(record)))
    return [(each.name, getattr(record, each.name)) for each in fields]
