"""`proxx fingerprint FILE...`: the fingerprints that a result has for these sources."""

import argparse
import os
from functools import partial
from typing import Any

from proxx_daemon.cli import output, settings, signals
from proxx_daemon.documents.failure import failure_document
from proxx_daemon.documents.strict_json import escaped
from proxx_daemon.engines.ffmpeg.selection import FfmpegSelection
from proxx_daemon.failures.errors import FatalError, JobFailed
from proxx_daemon.pipeline.asked import asked
from proxx_daemon.source import measure
from proxx_daemon.source.fingerprint import SOURCE_METHOD
from proxx_daemon.source.hashing import fingerprint, source_content
from proxx_daemon.source.opened import opened
from proxx_daemon.source.probe import Probe
from proxx_daemon.system.cancel import CancelToken

_EXAMPLE = """Reads the header and at most 1 MiB of each file. With --content, reads each whole file
for an xxHash (XXH3, 128 bits): compare it with the xxh128 in an ASC MHL.

example:
  proxx fingerprint --content /footage/A001_C001.mov

exit codes: 0, 1 if a file does not exist or is not a media file, 4 system error
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.epilog = _EXAMPLE
    parser.add_argument("files", metavar="FILE", nargs="+", help="a source")
    parser.add_argument("--content", action="store_true", help="also hash every byte")
    parser.add_argument("--json", action="store_true", help="answer as one JSON array")


def run(arguments: argparse.Namespace) -> int:
    """Print the fingerprints; return the exit code."""
    chosen = settings.read()
    cancel = CancelToken()
    signals.on_stop(cancel.cancel)
    try:
        tools = asked(
            chosen.stall_seconds, FfmpegSelection(chosen.ffmpeg, chosen.environment).tools, cancel
        )
    except JobFailed as error:
        raise FatalError("\n".join(output.failure_lines(error.failure))) from error
    probe = Probe(tools.ffprobe, cancel=cancel, seconds=chosen.probe_seconds)
    entries = []
    for path in map(os.path.abspath, arguments.files):
        content = cancel if arguments.content else None
        try:
            look = partial(_entry, path, probe, content)
            entries.append(asked(chosen.stall_seconds, look, cancel))
        except JobFailed as error:
            entries.append({"path": path, "failure": error.failure})
        if cancel.cancelled:
            raise KeyboardInterrupt
        if not arguments.json:
            _show(entries[-1])
    if arguments.json:
        output.answer_json(
            [
                each | {"failure": each["failure"] and failure_document(each["failure"])}
                for each in entries
            ]
        )
    return 1 if any(each["failure"] for each in entries) else 0


def _entry(path: str, probe: Probe, content: CancelToken | None) -> dict[str, Any]:
    """Look at one file; its content is hashed if there is a token that can stop it."""
    entry: dict[str, Any] = {"path": path, "failure": None}
    try:
        identity = measure.identify(path)
        with opened(path, identity) as descriptor, probe.holding(path, descriptor):
            value = fingerprint(descriptor, identity, probe.describe(path))
            entry["source_fingerprint"] = {"method": SOURCE_METHOD, "value": value}
            if content is not None:
                found = source_content(descriptor, path, content)
                entry["source_content_fingerprint"] = {"method": found.method, "value": found.value}
    except JobFailed as error:
        entry["failure"] = error.failure
    return entry


def _show(entry: dict[str, Any]) -> None:
    for name in ("source_fingerprint", "source_content_fingerprint"):
        if name in entry:
            found = entry[name]
            output.answer(f"{found['value']}  {found['method']}  {escaped(entry['path'])}")
    if entry["failure"] is not None:
        output.tell(*map(escaped, output.failure_lines(entry["failure"])))
