"""Every reader of bytes from outside, by the name that reports and folders use."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fuzz import answers, documents, media, spool
from fuzz.target import Target

from proxx_daemon.api import JobSpecValidationError
from proxx_daemon.failures.errors import FatalError, JobFailed

_LONG: Final = 16384

TARGETS: Final[Mapping[str, Target]] = MappingProxyType(
    {
        "spec": Target(
            read=documents.spec,
            promised=(JobSpecValidationError,),
            seeds=documents.specs,
            covers=("documents.strict_json", "documents.record_reading", "jobspec"),
            json=True,
        ),
        "result": Target(
            read=documents.result,
            seeds=documents.results,
            covers=("result.reading", "operators.resubmission"),
            json=True,
        ),
        "profile-toml": Target(
            read=documents.profile_in_toml,
            seeds=documents.profiles_in_toml,
            covers=("profiles.user_folder", "profiles.user_reading"),
        ),
        "profile-json": Target(
            read=documents.profile_in_json,
            seeds=documents.profiles_in_json,
            covers=("profiles.user_folder", "profiles.user_reading", "profiles.user_profile"),
            json=True,
        ),
        "configuration": Target(
            read=documents.configuration,
            promised=(FatalError,),
            seeds=documents.configurations,
            covers=("cli.settings", "config"),
        ),
        "request": Target(
            read=spool.request, seeds=spool.asked, covers=("spool.requests",), json=True
        ),
        "journal": Target(
            read=spool.notes,
            seeds=spool.noted,
            covers=("spool.journal", "spool.interrupted", "documents.writing"),
            json=True,
        ),
        "filed": Target(
            read=spool.filed,
            seeds=documents.results,
            covers=("spool.leftovers", "spool.filing"),
            json=True,
        ),
        "status": Target(
            read=spool.shown,
            seeds=spool.published,
            covers=("spool.status_file", "monitor.published_status", "cli.status_view"),
            json=True,
        ),
        "order": Target(read=spool.order, seeds=spool.ordered, covers=("spool.orders",), json=True),
        "movie": Target(
            read=media.structure,
            promised=(JobFailed,),
            seeds=media.movies,
            covers=(
                *("source.structure.boxes", "source.structure.movie"),
                *("source.structure.fragments", "source.structure.sample_table"),
                "source.structure.encryption",
            ),
            longest=_LONG,
        ),
        "index": Target(
            read=media.index,
            seeds=lambda: (*media.movies(), *media.avis()),
            covers=("source.structure.sample_times",),
            longest=2 * _LONG,
        ),
        "matroska": Target(
            read=media.structure,
            promised=(JobFailed,),
            seeds=media.matroskas,
            covers=("source.structure.matroska",),
            longest=_LONG,
        ),
        "webm": Target(read=media.webm, seeds=media.matroskas, covers=("source.probe_answer",)),
        "avi": Target(
            read=media.structure,
            promised=(JobFailed,),
            seeds=media.avis,
            covers=("source.structure.avi",),
            longest=2 * _LONG,
        ),
        "mxf": Target(
            read=media.structure,
            promised=(JobFailed,),
            seeds=media.mxfs,
            covers=("source.structure.mxf",),
            longest=4 * _LONG,
        ),
        "transport": Target(
            read=media.structure,
            promised=(JobFailed,),
            seeds=media.streams,
            covers=("source.structure.transport",),
            longest=_LONG,
        ),
        "mxf-ids": Target(
            read=media.mxf_ids,
            promised=(JobFailed,),
            seeds=media.mxfs,
            covers=(
                *("output.mxf_file", "output.mxf_layout", "output.mxf_sets", "output.mxf_tape"),
                "output.mxf_identity",
            ),
            longest=4 * _LONG,
        ),
        "difference": Target(
            read=media.different,
            seeds=lambda: (*media.movies(), *media.mxfs()),
            covers=("result.difference",),
            longest=4 * _LONG,
        ),
        "probe": Target(
            read=answers.probed,
            promised=(JobFailed,),
            seeds=answers.probes,
            covers=("source.probe_answer", "source.sound", "source.timecode"),
            json=True,
            longest=_LONG,
        ),
        "packets": Target(
            read=answers.packets,
            promised=(JobFailed,),
            seeds=answers.packet_lists,
            covers=("source.packets", "source.length", "source.constant_rate"),
        ),
        "decode-log": Target(
            read=answers.decoded,
            promised=(JobFailed,),
            seeds=answers.decode_logs,
            covers=("engines.ffmpeg.decoding", "source.length"),
        ),
        "engine-log": Target(
            read=answers.said,
            promised=(JobFailed,),
            seeds=answers.logs,
            covers=("engines.log", "engines.ffmpeg.undecoded", "source.plain_words"),
        ),
        "last-picture": Target(
            read=answers.last_picture,
            seeds=answers.streams,
            covers=("engines.ffmpeg.last_picture",),
        ),
        "progress": Target(
            read=answers.progress, seeds=answers.reports, covers=("engines.ffmpeg.encode",)
        ),
        "inspection": Target(
            read=answers.inspected,
            promised=(JobFailed,),
            seeds=answers.inspections,
            covers=("engines.ffmpeg.inspection",),
        ),
        "session": Target(
            read=answers.session,
            # A sentence for the operator: what Resolve says of a clip makes no sense.
            promised=(ValueError,),
            seeds=answers.sessions,
            covers=("engines.resolve.listener", "plan.resolve"),
        ),
        "http": Target(
            read=answers.http,
            seeds=answers.http_requests,
            covers=("monitor.exchanges", "monitor.metrics_server"),
        ),
        "output": Target(
            read=answers.output, seeds=answers.outputs, covers=("system.stream",), longest=65000
        ),
    }
)
