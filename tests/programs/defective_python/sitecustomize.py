"""Gives Python one defect: it cannot hash a document that holds the word DEFECT.

Python runs this at its start when the folder is on PYTHONPATH. It stands in for the mistake in
Proxx that nobody has found yet: an exception that no code foresees, in the midst of a job.
"""

import hashlib

_sha256 = hashlib.sha256


def _defective(content: bytes = b"", **options: bool) -> object:
    if b"DEFECT" in bytes(content):
        raise ZeroDivisionError("nobody foresaw this")
    return _sha256(content, **options)


hashlib.sha256 = _defective  # type: ignore[assignment]
