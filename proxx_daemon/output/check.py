"""One comparison of what was planned with what came out."""

from typing import Any

from attrs import frozen


@frozen(kw_only=True)
class Check:
    """One comparison of what was planned with what was found."""

    #: what was compared, as `frame_count`
    name: str
    #: what was planned, as text or number
    expected: Any
    #: what was found
    found: Any
    #: whether they agree
    passed: bool
