"""A frozen JobSpec back as its JSON document: the inverse of `jobspec.reading`."""

from fractions import Fraction
from typing import Any, Final

from proxx_daemon.documents.writing import converter
from proxx_daemon.jobspec import frame_rate
from proxx_daemon.jobspec.jobspec import JobSpec

_CONVERTER: Final = converter()
_CONVERTER.register_unstructure_hook(Fraction, frame_rate.number)


def document(spec: JobSpec) -> dict[str, Any]:
    """Return a spec as its document, fields in the order of the record.

    Fields without a value are left out. Raise ValueError for a frame rate that no number of a
    spec names.
    """
    values: dict[str, Any] = _CONVERTER.unstructure(spec)
    return {name: value for name, value in values.items() if value not in (None, {})}
