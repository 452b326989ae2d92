"""Reads small JSON documents of Proxx that anybody may have changed: an object, or an error.

Never blocks on a FIFO, follows no link, and takes no more bytes, levels and digits than such a
document has.
"""

from typing import Any

from proxx_daemon.documents import strict_json
from proxx_daemon.documents.strict_json import DocumentLimits
from proxx_daemon.system import durable


def read_object(path: str, limits: DocumentLimits) -> dict[str, Any]:
    """Return the JSON object in a file.

    Raise OSError if there is no such file or it cannot be read, ValueError if it holds anything
    else.
    """
    return parse_object(durable.read_regular(path, limits.max_bytes), limits)


def parse_object(content: bytes, limits: DocumentLimits) -> dict[str, Any]:
    """Return the JSON object that a file's content is; raise ValueError if it is none."""
    document = strict_json.read_document(content, limits)
    if not isinstance(document, dict):
        raise ValueError(f"The {limits.what} is not an object.")  # noqa: TRY004 - its content
    return document
