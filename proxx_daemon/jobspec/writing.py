"""A frozen JobSpec back as its JSON document: the inverse of `jobspec.reading`."""

from typing import Any

from proxx_daemon.jobspec import frame_rate
from proxx_daemon.jobspec.jobspec import JobSpec, ProfileOrigin


def document(spec: JobSpec) -> dict[str, Any]:
    """Give a spec as its document, fields in the order of the record.

    Fields without a value are left out. Raises ValueError for a frame rate that no number of a
    spec names.
    """
    rate = spec.fps_explicit
    moment = spec.created_at
    origin = spec.proxy_profile_origin
    values: dict[str, Any] = {
        "jobspec_version": spec.jobspec_version,
        "job_id": spec.job_id,
        "sources": list(spec.sources),
        "output_directory": spec.output_directory,
        "codec": str(spec.codec),
        "container": str(spec.container),
        "resolution": spec.resolution,
        "naming_template": spec.naming_template,
        "proxy_profile": spec.proxy_profile,
        "fps_mode": str(spec.fps_mode),
        "fps_explicit": None if rate is None else frame_rate.number(rate),
        "resolve_preset": spec.resolve_preset,
        "resolved_tokens": dict(spec.resolved_tokens) or None,
        "created_at": None if moment is None else moment.isoformat(),
        "proxy_profile_origin": None if origin is None else _origin(origin),
    }
    return {name: value for name, value in values.items() if value is not None}


def _origin(origin: ProfileOrigin) -> dict[str, str]:
    return {
        "type": origin.type,
        "name": origin.name,
        "version": origin.version,
        "selected_at": origin.selected_at.isoformat(),
    }
