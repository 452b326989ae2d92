"""What is found out about a finished proxy: checks against its plan, and who can relink it."""

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


@frozen(kw_only=True)
class Condition:
    """One thing that an editing system is documented to match by."""

    #: what it is, as `start_timecode`
    name: str
    #: whether the system refuses a proxy without it; otherwise it attaches the proxy wrongly
    blocking: bool
    #: whether source and proxy agree
    holds: bool
    #: the value of the source and of the proxy, for a person
    detail: str


@frozen(kw_only=True)
class EditorVerdict:
    """Whether a proxy attaches to its source in one editing system, by its documentation."""

    #: name of the editing system
    editor: str
    #: every blocking condition holds
    attaches: bool
    #: what it is documented to match by
    conditions: tuple[Condition, ...]
    #: the section of docs/relink.md that names the documentation
    source: str
