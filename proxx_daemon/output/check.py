"""What is found out about a finished proxy: checks against its plan, and who can relink it."""

from typing import Annotated, Any

from attrs import frozen


@frozen(kw_only=True)
class Check:
    """One comparison of what was planned with what was found."""

    name: Annotated[str, "What was compared, as `frame_count`."]
    expected: Annotated[Any, "What was planned."]
    found: Annotated[Any, "What was measured."]
    passed: Annotated[bool, "Whether the two agree."]


@frozen(kw_only=True)
class Condition:
    """One thing that an editing system is documented to match by."""

    name: Annotated[str, "What the system matches by, as `start_timecode`."]
    blocking: Annotated[
        bool,
        "Whether it refuses a proxy without it; otherwise the proxy attaches and something "
        "else goes wrong.",
    ]
    holds: Annotated[bool, "Whether source and proxy agree."]
    detail: Annotated[str, "The source's and the proxy's, for a person."]


@frozen(kw_only=True)
class EditorVerdict:
    """Whether a proxy attaches to its source in one editing system, by its documentation."""

    editor: Annotated[str, "Name of the editing system."]
    attaches: Annotated[bool, "Whether every blocking condition holds."]
    conditions: Annotated[tuple[Condition, ...], "What the system is documented to match by."]
    source: Annotated[str, "The section of docs/reference/relink.md that quotes the documentation."]
