"""The examples of the page for programs run, and print what the page says."""

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import generate

_BLOCK = re.compile(r"```(python|text)\n(.*?)```", re.DOTALL)
_PAGE = Path(generate.FOLDER) / "reference" / "api.md"


def test_every_example_runs_and_prints_what_stands_below_it() -> None:
    names: dict[str, Any] = {}
    printed = ""
    shown = 0
    for kind, block in _BLOCK.findall(_PAGE.read_text("utf-8")):
        if kind == "text":
            assert printed == block
            shown += 1
            continue
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(block, str(_PAGE), "exec"), names)  # noqa: S102 - our own page
        printed = out.getvalue()
    assert shown == 2
    assert names["text"].startswith('{\n  "jobspec_version": "2.1",\n  "job_id": "reel-7",\n')
