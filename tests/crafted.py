"""Files that nobody expects in place of a JSON document: each kind that has ended a reader once."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

_DEEP: Final = 3000


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b'{"a": "')
        file.truncate(20 * 1024 * 1024)


def _folder(path: Path) -> None:
    path.mkdir()
    (path / "inside").write_text("{}")


#: what can be put under a path that does not exist
KINDS: Final[Mapping[str, Callable[[Path], object]]] = MappingProxyType(
    {
        "empty": Path.touch,
        "deep arrays": lambda path: path.write_text("[" * _DEEP + "]" * _DEEP),
        "deep objects": lambda path: path.write_text('{"a":' * _DEEP + "1" + "}" * _DEEP),
        "deep and cut off": lambda path: path.write_text('{"by":' + "[" * _DEEP),
        "huge": _huge,
        "not UTF-8": lambda path: path.write_bytes(b'{"by": "\xff\xfe"}'),
        "a long number": lambda path: path.write_text('{"pid": ' + "9" * 10_000 + "}"),
        "a number without end": lambda path: path.write_text('{"device": 1e999, "inode": NaN}'),
        "a key twice": lambda path: path.write_text('{"action": "drain", "action": "pause"}'),
        "a list": lambda path: path.write_text("[1]"),
        "wrong types": lambda path: path.write_text(
            '{"action": ["pause"], "job": {}, "new_job": [], "host": {}, "by": [], "at": {},'
            ' "done": "x", "message": [], "pid": {}, "_metadata": [], "clips": 5, "jobspec": 7,'
            ' "last_failures": [5, {}, {"spec": []}], "running": {"a": 1}, "counts": [],'
            ' "health": [1], "mode": ["x"], "scan_seconds": "x", "published_at": [], "numbers": 1}'
        ),
        "FIFO": os.mkfifo,
        "link": lambda path: path.symlink_to("/etc/passwd"),
        "link to nothing": lambda path: path.symlink_to("/absent"),
        "folder": _folder,
    }
)
