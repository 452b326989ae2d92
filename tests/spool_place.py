"""A prepared watch folder for tests of the spool."""

import json
from pathlib import Path

from proxx_daemon.spool.folders import WatchFolder


def prepared(root: Path) -> WatchFolder:
    """Make a watch folder."""
    root.mkdir(exist_ok=True)
    folder = WatchFolder(str(root))
    folder.prepare()
    return folder


def drop(folder: WatchFolder, name: str, content: object = "{}") -> Path:
    """Write a spec into pending/."""
    path = Path(folder.pending) / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path
