"""How records show themselves to whoever looks into a test, a debugger or the API."""

from typing import cast

import attrs


class Record:
    """Base of the records that a command imports: gives them a `__repr__`, as attrs would.

    attrs writes and compiles one for each class while it is imported, which took a twelfth of the
    start of `proxx validate`; this one is written once, and asks for the fields when it is called.
    The class says `repr=False` to attrs.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        fields = attrs.fields(cast("type[attrs.AttrsInstance]", type(self)))
        shown = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in fields)
        return f"{type(self).__qualname__}({shown})"
