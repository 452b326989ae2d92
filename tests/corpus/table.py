"""The outcome of a run over a folder of footage: as JSON, and as a page for people."""

import html
import json
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import Any

import attrs
from attrs import frozen
from corpus.comparing import Deviation


class Outcome(StrEnum):
    """What became of a file with a profile."""

    #: the proxy is true to its source
    TRUE = "true"
    #: the proxy deviates although Proxx says COMPLETED
    DEVIATES = "deviates"
    #: refused by a code before anything ran
    REFUSED = "refused"
    #: failed after the encode had begun
    FAILED_LATE = "failed late"


@frozen(kw_only=True)
class Row:
    """One file with one profile."""

    file: str
    profile: str
    outcome: Outcome
    #: the failure's code; empty where it is complete
    code: str = ""
    #: the failure's message
    message: str = ""
    #: whether FFmpeg alone decodes the picture of the source without a complaint
    plays: bool
    deviations: tuple[Deviation, ...] = ()
    #: frames of the proxy
    frames: int = 0
    #: dB of the worst picture
    psnr: float | None = None
    #: milliseconds by which the sound is later than it was, of the worst track
    sync_ms: float | None = None

    @property
    def wrong(self) -> bool:
        """Whether nobody should trust this version with such a file."""
        return self.outcome is Outcome.DEVIATES or (
            self.outcome is Outcome.FAILED_LATE and self.plays
        )


def write(rows: list[Row], engine: str, folder: Path) -> None:
    """Write `footage.json` and `footage.html`."""
    document: dict[str, Any] = {
        "engine": engine,
        "counts": dict(Counter(str(row.outcome) for row in rows)),
        "rows": [attrs.asdict(row) for row in rows],
    }
    (folder / "footage.json").write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    (folder / "footage.html").write_text(_page(rows, engine))


_COLUMNS = ("file", "profile", "outcome", "code", "frames", "worst dB", "sync ms", "what was seen")
_STYLE = """
body { font: 14px/1.4 system-ui, sans-serif; margin: 2rem; color: #222; background: #fff }
table { border-collapse: collapse } th, td { padding: .25rem .6rem; text-align: left;
vertical-align: top; border-bottom: 1px solid #ddd } td.n { text-align: right }
.deviates, .late { background: #fbd9d9 } .true { background: #e5f4e3 }
"""


def _page(rows: list[Row], engine: str) -> str:
    counts = Counter(str(row.outcome) for row in rows)
    said = ", ".join(f"{number} {outcome}" for outcome, number in sorted(counts.items()))
    head = "".join(f"<th>{html.escape(name)}" for name in _COLUMNS)
    body = "\n".join(_line(row) for row in rows)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Footage through Proxx</title>'
        f"<style>{_STYLE}</style><h1>Footage through Proxx</h1>"
        f"<p>{html.escape(engine)}. {len(rows)} jobs: {html.escape(said)}.</p>"
        f"<table><thead><tr>{head}</thead><tbody>\n{body}\n</tbody></table></html>\n"
    )


def _line(row: Row) -> str:
    seen = "; ".join(f"{each.what}: {each.seen}" for each in row.deviations) or row.message
    cells = (
        ("", row.file),
        ("", row.profile),
        ("", str(row.outcome)),
        ("", row.code),
        ("n", str(row.frames or "")),
        ("n", "" if row.psnr is None else f"{row.psnr:.1f}"),
        ("n", "" if row.sync_ms is None else f"{row.sync_ms:.1f}"),
        ("", seen),
    )
    kind = "late" if row.outcome is Outcome.FAILED_LATE else str(row.outcome)
    line = "".join(f'<td class="{css}">{html.escape(text)}' for css, text in cells)
    return f'<tr class="{kind}">{line}'
