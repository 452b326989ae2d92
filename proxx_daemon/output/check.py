"""One comparison of what was planned with what came out."""

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
