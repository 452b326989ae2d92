"""What the table of targets says of each reader."""

from collections.abc import Callable, Iterable

from attrs import frozen


@frozen(kw_only=True)
class Target:
    """One reader of bytes that come from outside."""

    #: gives it an input, and checks what it returned
    read: Callable[[bytes], object]
    #: what it may raise: errors that become a coded failure or a refusal
    promised: tuple[type[Exception], ...] = ()
    #: good inputs, to begin with
    seeds: Callable[[], Iterable[bytes]]
    #: modules of the product whose coverage is reported
    covers: tuple[str, ...]
    #: whether inputs are JSON documents: they are then also changed as documents
    json: bool = False
    #: bytes of the longest input
    longest: int = 4096
