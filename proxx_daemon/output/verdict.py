"""Whether a proxy attaches to its source, editing system by editing system."""

from attrs import frozen


@frozen(kw_only=True)
class Condition:
    """One thing that an editing system is documented to match by."""

    #: what it is, as `start_timecode`
    name: str
    #: whether the system refuses a proxy without it; otherwise it only goes wrong
    blocking: bool
    #: whether source and proxy agree
    holds: bool
    #: the source's and the proxy's, for a person
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
