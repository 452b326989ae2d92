"""A program file and what is known of it. `system.same_program` compares it with the disk."""

from typing import TypeAlias

from attrs import frozen

#: device, inode, bytes, times of the last change of content and of anything (nanoseconds), of a
#: file; and the same of the link that leads to it, if one does
Look: TypeAlias = tuple[int, ...]


@frozen(kw_only=True)
class Program:
    """A program as it was when it was hashed."""

    #: absolute path
    path: str
    #: SHA-256 (hex) of its file; empty if nobody asked for it
    sha256: str
    #: how its file looked
    look: Look
