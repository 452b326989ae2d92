"""JobSpec 2.1 to the letter: a JSON value in, a frozen JobSpec or every problem out; and back.

One bad field hides no other, and the good ones can still be checked against profile and disk.
"""

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

import attrs
from attrs import frozen

from proxx_daemon.documents.record_reading import RecordReader, kind_of
from proxx_daemon.documents.strict_json import printable
from proxx_daemon.documents.writing import converter
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Problem
from proxx_daemon.jobspec import frame_rate
from proxx_daemon.jobspec.jobspec import JOBSPEC_VERSION, JobSpec

_CONVERTER: Final = converter()
_CONVERTER.register_unstructure_hook(Fraction, frame_rate.number)
_NO_PROFILE: Final = Problem(
    code=Code.PROFILE_MISSING, path="proxy_profile", message="V2 jobs must specify proxy_profile"
)


@frozen(kw_only=True)
class Draft:
    """What could be read of a spec: the good fields, and what is wrong with the others."""

    #: structured values by field name
    fields: Mapping[str, Any]
    #: every problem: version, missing and unknown fields, then field by field
    problems: tuple[Problem, ...]

    def spec(self) -> JobSpec:
        """Return the frozen spec; only for a draft without problems."""
        return JobSpec(**self.fields)


def read(document: object, *, generated_id: str) -> Draft:
    """Check a parsed document field by field.

    `generated_id` becomes the job's id if the document omits it.
    """
    if not isinstance(document, dict):
        problem = Problem(
            code=Code.FIELD_TYPE,
            path="",
            message=f"A JobSpec is one JSON object; this is {kind_of(document)}.",
            found=printable(document),
            allowed="object",
        )
        return Draft(fields=MappingProxyType({}), problems=(problem,))
    reader = RecordReader(f"JobSpec {JOBSPEC_VERSION}")
    fields = {"job_id": generated_id, **reader.record(JobSpec, document)}
    problems = tuple(_own_code(problem) for problem in reader.problems)
    return Draft(fields=MappingProxyType(fields), problems=problems)


def _own_code(problem: Problem) -> Problem:
    """Return a problem with the code that only a JobSpec has for its field."""
    if problem.path == "jobspec_version":
        return attrs.evolve(problem, code=Code.VERSION_UNSUPPORTED)
    if problem.path == "proxy_profile" and problem.found in (None, ""):
        return attrs.evolve(_NO_PROFILE, found=None if problem.found is None else "(empty)")
    return problem


def write(spec: JobSpec) -> dict[str, Any]:
    """Return a spec as its document, fields in the order of the record.

    Fields without a value are left out. Raise ValueError for a frame rate that no number of a
    spec names.
    """
    values: dict[str, Any] = _CONVERTER.unstructure(spec)
    return {name: value for name, value in values.items() if value not in (None, {})}
