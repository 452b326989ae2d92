"""What is found out about a finished proxy: checks against its plan, and who can relink it."""

from typing import Any

from attrs import field, frozen

from proxx_daemon.documents.fields import described


@frozen(kw_only=True)
class Check:
    """One comparison of what was planned with what was found."""

    name: str = field(metadata=described("What was compared, as `frame_count`."))
    expected: Any = field(metadata=described("What was planned."))
    found: Any = field(metadata=described("What was measured."))
    passed: bool = field(metadata=described("Whether the two agree."))


@frozen(kw_only=True)
class Condition:
    """One thing that an editing system is documented to match by."""

    name: str = field(metadata=described("What the system matches by, as `start_timecode`."))
    blocking: bool = field(
        metadata=described(
            "Whether it refuses a proxy without it; otherwise the proxy attaches and something "
            "else goes wrong."
        )
    )
    holds: bool = field(metadata=described("Whether source and proxy agree."))
    detail: str = field(metadata=described("The source's and the proxy's, for a person."))


@frozen(kw_only=True)
class EditorVerdict:
    """Whether a proxy attaches to its source in one editing system, by its documentation."""

    editor: str = field(metadata=described("Name of the editing system."))
    attaches: bool = field(metadata=described("Whether every blocking condition holds."))
    conditions: tuple[Condition, ...] = field(
        metadata=described("What the system is documented to match by.")
    )
    source: str = field(
        metadata=described("The section of docs/reference/relink.md that quotes the documentation.")
    )
