"""A session's plan as JSON, and its way back: what the session reads from its stdin."""

import json
from fractions import Fraction
from typing import Final

from cattrs import Converter

from proxx_daemon.plan.resolve_session import SessionPlan


def _converter() -> Converter:
    converter = Converter(forbid_extra_keys=True)
    converter.register_unstructure_hook(Fraction, str)
    converter.register_structure_hook(Fraction, lambda text, _: Fraction(text))
    return converter


_CONVERTER: Final = _converter()


def plan_bytes(plan: SessionPlan) -> bytes:
    """Write a plan."""
    return json.dumps(_CONVERTER.unstructure(plan)).encode()


def read_plan(content: bytes) -> SessionPlan:
    """Read a plan; raise an exception of any kind for what `plan_bytes` did not write."""
    return _CONVERTER.structure(json.loads(content), SessionPlan)
