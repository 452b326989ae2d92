"""Camera RAW on disk, before Resolve opens it."""

from attrs import frozen


@frozen(kw_only=True)
class FrameRange:
    """The frames of an image sequence: one file each, numbered without a gap."""

    #: file name with the frame number as %0Nd
    pattern: str
    #: number of the first frame
    first: int
    #: number of the last frame
    last: int

    @property
    def count(self) -> int:
        """Number of frames."""
        return self.last - self.first + 1

    def names(self) -> tuple[str, ...]:
        """Every frame's file name, in order."""
        return tuple(self.pattern % number for number in range(self.first, self.last + 1))


@frozen(kw_only=True)
class RawSource:
    """A camera RAW source: a file, or an image sequence."""

    #: absolute path, as the spec has it
    path: str
    #: absolute path of the folder that holds the file or the frames
    folder: str
    #: the frames; None for a file
    frames: FrameRange | None
    #: the spec names the folder, not one of its files
    is_folder: bool
    #: SHA-256 (hex) over device, inode, size and time of every file: changes when one does
    identity: str
    #: SHA-256 (hex) over sizes and sampled content; a copy has the same one
    fingerprint: str
