"""Records as the plain values of JSON, and back."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any

import attrs
from cattrs import Converter
from cattrs.gen import make_dict_unstructure_fn, override

from proxx_daemon.documents.fields import renamed


def converter() -> Converter:
    """Return a converter of records to JSON values and back; keys are in the record's order."""
    made = Converter()

    def with_names(record: type) -> Callable[[Any], dict[str, Any]]:
        names: dict[str, Any] = {
            own: override(rename=name) for own, name in renamed(record).items()
        }
        return make_dict_unstructure_fn(record, made, **names)

    made.register_unstructure_hook_factory(
        lambda kind: attrs.has(kind) and bool(renamed(kind)), with_names
    )
    made.register_unstructure_hook(datetime, datetime.isoformat)
    made.register_structure_hook(datetime, lambda text, _: datetime.fromisoformat(text))
    made.register_unstructure_hook(StrEnum, str)
    return made
