"""A reader with a defect, which shows that the fuzzer works: only coverage leads to it."""

from collections.abc import Iterator


def read(data: bytes) -> int:
    """Return the bytes of a document that begins with a word; the defect is at the word's end."""
    found = 0
    for expected, byte in zip(b"proxy", data, strict=False):
        if byte != expected:
            return found
        found += 1
    return len(data) // (len(b"proxy") - found)


def seeds() -> Iterator[bytes]:
    """Yield an input that tells nothing of the word."""
    yield b"0123456789"
