"""Everything that is checked before anything runs: spec, profile, folders, sources, engine."""

import os
import stat
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from proxx_daemon.engines.locate import EngineDesk
from proxx_daemon.media import measure
from proxx_daemon.media.probe import Probe
from proxx_daemon.model.engine import Engine
from proxx_daemon.model.failure_codes import Code
from proxx_daemon.model.failures import JobFailed, Problem, failure, failure_of
from proxx_daemon.model.jobspec import EngineKind, JobSpec
from proxx_daemon.model.media import FileIdentity, MediaInfo, Source
from proxx_daemon.model.profile import CanonicalProfile
from proxx_daemon.rules import (
    ffmpeg_plan,
    jobspec_document,
    naming,
    profile_match,
    routing,
    strict_json,
)
from proxx_daemon.system.child import CancelToken


@frozen(kw_only=True)
class Prepared:
    """A job that may run."""

    #: what was asked for
    spec: JobSpec
    #: the profile that decides
    profile: CanonicalProfile
    #: the measured sources, in the spec's order
    sources: tuple[Source, ...]
    #: the engine that will run
    engine: Engine


@define(kw_only=True)
class Known:
    """What has been learnt about a job so far; a failure's result carries it."""

    #: the submitter's id, or the generated one until it is read
    job_id: str
    #: the parsed document
    document: Any = None
    #: the profile, once it is known
    profile: CanonicalProfile | None = None
    #: where the sources route to, once that is known
    routed: EngineKind | None = None
    #: the engine, once it was asked
    engine: Engine | None = None
    #: the sources that the spec names
    source_paths: tuple[str, ...] = field(default=())


@frozen(kw_only=True)
class Preparation:
    """Runs the checks, in the order in which an operator would want to hear of them."""

    profiles: Mapping[str, CanonicalProfile]
    engines: EngineDesk

    def prepare(
        self,
        content: bytes,
        known: Known,
        cancel: CancelToken | None = None,
        keep_descriptors: Sequence[int] = (),
    ) -> Prepared:
        """Check a spec completely; nothing is written.

        `known` is filled on the way. Raises JobFailed with every problem of the stage that
        failed: first document, profile and paths, then the media.
        """
        draft = self._read(content, known)
        profile, problems = self._check_document(draft, known)
        spec = draft.spec() if not problems else None
        if problems or spec is None or profile is None:
            raise JobFailed(failure_of(problems))
        identities = tuple(measure.identify(path) for path in spec.sources)
        if all(routing.raw_by_name(path) for path in spec.sources):
            self._refuse_resolve(profile, known)
        tools = self.engines.tools()
        probe = Probe(tools.ffprobe, cancel=cancel, keep_descriptors=keep_descriptors)
        media = self._route(spec, profile, probe, known)
        engine = self._engine(profile, known)
        sources = tuple(
            measure.measure(identity, info, probe)
            for identity, info in zip(identities, media, strict=True)
        )
        self._check_media(spec, profile, sources)
        return Prepared(spec=spec, profile=profile, sources=sources, engine=engine)

    def _read(self, content: bytes, known: Known) -> jobspec_document.Draft:
        try:
            known.document = strict_json.read_document(content)
        except strict_json.Refused as refused:
            raise JobFailed(failure_of([refused.problem])) from None
        draft = jobspec_document.read(known.document, generated_id=known.job_id)
        known.job_id = draft.fields.get("job_id", known.job_id)
        known.source_paths = draft.fields.get("sources", ())
        return draft

    def _check_document(
        self, draft: jobspec_document.Draft, known: Known
    ) -> tuple[CanonicalProfile | None, list[Problem]]:
        """Collect every problem that needs no look into the media."""
        problems = list(draft.problems)
        profile, found = profile_match.check(draft.fields, self.profiles)
        known.profile = profile
        problems += found
        if "naming_template" in draft.fields:
            problems += naming.check_template(draft.fields["naming_template"])
        if "output_directory" in draft.fields:
            problems += _check_output_directory(draft.fields["output_directory"])
        for index, path in enumerate(draft.fields.get("sources", ())):
            problems += _check_source(path, index)
        return profile, problems

    def _route(
        self, spec: JobSpec, profile: CanonicalProfile, probe: Probe, known: Known
    ) -> tuple[MediaInfo, ...]:
        """Probe every source and hold the routes against the profile's engine."""
        media: list[MediaInfo] = []
        routes: list[EngineKind] = []
        problems: list[Problem] = []
        for index, path in enumerate(spec.sources):
            place = f"sources[{index}]"
            if routing.raw_by_name(path):
                routes.append(EngineKind.RESOLVE)
                continue
            try:
                info = probe.describe(path)
            except JobFailed as error:
                problems.append(_as_problem(error, place))
                continue
            media.append(info)
            routed = routing.route(info, place)
            if isinstance(routed, Problem):
                problems.append(routed)
            else:
                routes.append(routed)
        if problems:
            raise JobFailed(failure_of(problems))
        engine = routing.one_engine(routes)
        if isinstance(engine, Problem):
            raise JobFailed(failure_of([engine]))
        known.routed = engine
        mismatch = profile_match.check_engine(profile, engine)
        if mismatch:
            raise JobFailed(failure_of(mismatch))
        if engine is EngineKind.RESOLVE:
            self._refuse_resolve(profile, known)
        return tuple(media)

    def _refuse_resolve(self, profile: CanonicalProfile, known: Known) -> None:
        """Say which RAW job this is; nothing here can run it yet."""
        known.routed = EngineKind.RESOLVE
        mismatch = profile_match.check_engine(profile, EngineKind.RESOLVE)
        if mismatch:
            raise JobFailed(failure_of(mismatch))
        raise JobFailed(
            failure(
                Code.RESOLVE_UNAVAILABLE,
                "The sources are camera RAW, and this version of Proxx does not drive DaVinci "
                "Resolve.",
            )
        )

    def _engine(self, profile: CanonicalProfile, known: Known) -> Engine:
        engine = self.engines.engine()
        known.engine = engine
        recipe = profile.ffmpeg
        needed = {recipe.encoder} if recipe else set()
        if profile.audio.encoder != "copy":
            needed.add(profile.audio.encoder)
        lacking = sorted(needed - engine.encoders)
        if lacking:
            raise JobFailed(
                failure(
                    Code.ENGINE_LACKS_ENCODER,
                    f"{engine.tools.ffmpeg} ({engine.version}) lacks the encoder "
                    f"{', '.join(lacking)} that profile '{profile.name}' needs.",
                )
            )
        return engine

    def _check_media(
        self, spec: JobSpec, profile: CanonicalProfile, sources: Sequence[Source]
    ) -> None:
        problems = [
            problem
            for index, source in enumerate(sources)
            for problem in ffmpeg_plan.check(spec, profile, source, f"sources[{index}]")
        ]
        if problems:
            raise JobFailed(failure_of(problems))


def check_unchanged(path: str, identity: FileIdentity) -> None:
    """Make sure that a source still is the file that was measured; raises JobFailed."""
    try:
        now = measure.identify(path)
    except JobFailed as error:
        raise JobFailed(failure(Code.SOURCE_CHANGED, error.failure.message)) from None
    if now != identity:
        raise JobFailed(
            failure(Code.SOURCE_CHANGED, f"'{path}' changed while it was being encoded.")
        )


def _check_source(path: str, index: int) -> list[Problem]:
    try:
        measure.identify(path)
    except JobFailed as error:
        return [_as_problem(error, f"sources[{index}]")]
    return []


def _as_problem(error: JobFailed, place: str) -> Problem:
    reason = error.failure
    return Problem(code=reason.code, path=place, message=reason.message, action=reason.action)


def _check_output_directory(path: str) -> list[Problem]:
    try:
        status = os.stat(path)
    except FileNotFoundError:
        code, what = Code.OUTPUT_DIRECTORY_MISSING, "does not exist"
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        code, what = Code.OUTPUT_DIRECTORY_NOT_WRITABLE, f"cannot be looked at: {reason}"
    else:
        if not stat.S_ISDIR(status.st_mode):
            code, what = Code.OUTPUT_DIRECTORY_NOT_A_DIRECTORY, "is not a directory"
        elif not os.access(path, os.W_OK | os.X_OK):
            code, what = Code.OUTPUT_DIRECTORY_NOT_WRITABLE, "is not writable by this user"
        else:
            return []
    return [
        Problem(
            code=code,
            path="output_directory",
            message=f"Output directory '{path}' {what}.",
            found=path,
            allowed="an existing writable directory",
        )
    ]
