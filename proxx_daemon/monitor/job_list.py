"""The jobs of a watch folder, one row for each: where it is, how it ended, what to do."""

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from attrs import frozen

from proxx_daemon.result.reading import LIMITS
from proxx_daemon.spool import batches, candidates
from proxx_daemon.spool.folders import Filing, WatchFolder
from proxx_daemon.spool.json_file import read_object

WAITING: Final = "WAITING"
RUNNING: Final = "RUNNING"
#: the status of a finished job whose result cannot be read
UNREADABLE: Final = "UNREADABLE"


@frozen(kw_only=True)
class JobRow:
    """One job."""

    #: name of its spec without `.json`
    job: str
    #: WAITING, RUNNING, COMPLETED, FAILED, PARTIAL or UNREADABLE
    status: str
    #: when it ended, ISO 8601; None until then
    ended_at: str | None = None
    #: path of its first source; None until it has ended
    source: str | None = None
    #: number of its clips
    clips: int = 0
    #: for each editing system: None if every proxy attaches, otherwise the first reason why not
    attaches: Mapping[str, str | None] = {}
    #: code of its failure
    code: str | None = None
    #: what happened
    message: str | None = None
    #: what to do
    action: str | None = None
    #: path of its result; None until it has ended
    result: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.result is not None


def open_jobs(folder: WatchFolder) -> dict[str, str]:
    """Return the status of every job that waits or runs, by the job. Raise OSError.

    Specs move while this looks: it looks in the order of their way, and again where some go back.
    """
    found = dict.fromkeys(_stems(batches.waiting(folder.pending)), WAITING)
    found |= dict.fromkeys(_stems(os.listdir(folder.pending)), WAITING)
    found |= dict.fromkeys(_stems(os.listdir(folder.running)), RUNNING)
    for job in _stems(os.listdir(folder.pending)):
        found.setdefault(job, WAITING)
    return found


def ended_jobs(folder: WatchFolder) -> dict[str, str]:
    """Return the path of the result of every finished job, by the job. Raise OSError."""
    return {
        name.removesuffix(candidates.RESULT_SUFFIX): os.path.join(folder.filed(filing), name)
        for filing in Filing
        for name in os.listdir(folder.filed(filing))
        if name.endswith(candidates.RESULT_SUFFIX)
    }


def rows(folder: WatchFolder, wanted: Callable[[str], bool]) -> list[JobRow]:
    """Return the jobs whose names are wanted: those that ended by their end, then the others.

    Raise OSError.
    """
    is_open, ended = open_jobs(folder), ended_jobs(folder)
    over = [_row(job, path) for job, path in ended.items() if wanted(job)]
    over.sort(key=lambda row: (row.ended_at or "", row.job))
    left = [job for job in is_open if wanted(job) and job not in ended]
    return [*over, *(JobRow(job=job, status=is_open[job]) for job in sorted(left))]


def _stems(names: Iterator[str] | list[str]) -> Iterator[str]:
    """Yield the jobs whose specs have these names."""
    for name in names:
        if candidates.objection(name) is None:
            yield name.removesuffix(candidates.SUFFIX)


def _row(job: str, path: str) -> JobRow:
    try:
        return _of_result(job, path, read_object(path, LIMITS))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return JobRow(job=job, status=UNREADABLE, result=path)


def _of_result(job: str, path: str, result: Mapping[str, Any]) -> JobRow:
    failure, clips = result["failure"] or {}, result["clips"]
    return JobRow(
        job=job,
        status=str(result["final_status"]),
        ended_at=str(result["completed_at"]),
        source=str(clips[0]["source_path"]) if clips else None,
        clips=len(clips),
        attaches=_attaches(clips),
        code=failure.get("code"),
        message=failure.get("message"),
        action=failure.get("action"),
        result=path,
    )


def _attaches(clips: list[Mapping[str, Any]]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for clip in clips:
        # A clip that was verified and not published attaches nowhere, and has its own failure.
        for verdict in clip["relink"] if clip["status"] == "COMPLETED" else ():
            why = [
                f"{condition['name']}: {condition['detail']}"
                for condition in verdict["conditions"]
                if condition["blocking"] and not condition["holds"]
            ]
            earlier = found.get(verdict["editor"])
            found[str(verdict["editor"])] = earlier or (None if verdict["attaches"] else why[0])
    return found
