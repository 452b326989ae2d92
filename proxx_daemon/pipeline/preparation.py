"""Everything that is checked before anything runs: spec, profile, folders, sources, engine."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from proxx_daemon.documents import strict_json
from proxx_daemon.engines.engine import Engine
from proxx_daemon.engines.ffmpeg.decoding import Decoder
from proxx_daemon.engines.ffmpeg.selection import FfmpegSelection
from proxx_daemon.engines.resolve.local import LocalResolve
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed, Problem, fail_if_any, failure_of
from proxx_daemon.jobspec import reading
from proxx_daemon.jobspec.jobspec import EngineKind, JobSpec
from proxx_daemon.pipeline import paths
from proxx_daemon.plan import fit, naming, sound_fit
from proxx_daemon.plan.resolve_session import ResolveEngine
from proxx_daemon.profiles import match
from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.source import dolby_vision, measure, raw_files, routing
from proxx_daemon.source.matrix import DECODERS
from proxx_daemon.source.media import FileIdentity, MediaInfo, Source
from proxx_daemon.source.opened import opened
from proxx_daemon.source.probe import Probe
from proxx_daemon.source.raw import RawSource
from proxx_daemon.source.raw_files import raw_format
from proxx_daemon.source.structure import check as structure
from proxx_daemon.source.structure.pieces import Pieces
from proxx_daemon.system.cancel import CancelToken


@frozen(kw_only=True)
class Prepared:
    """A job that may run."""

    #: what was asked for
    spec: JobSpec
    #: the profile that decides
    profile: CanonicalProfile
    #: the sources, in the spec's order: measured ones, or camera RAW, never both
    sources: tuple[Source | RawSource, ...]
    #: the FFmpeg that encodes, or whose ffprobe measures what Resolve renders
    engine: Engine


@define(kw_only=True)
class JobFacts:
    """What has been learnt about a job so far; a failure's result carries it."""

    #: the submitter's id, or the generated one until it is read
    job_id: str
    #: the parsed document
    document: Any = None
    #: the profile; None until it is known
    profile: CanonicalProfile | None = None
    #: the engine that the sources route to; None until it is known
    routed: EngineKind | None = None
    #: FFmpeg; None until it was inspected
    engine: Engine | None = None
    #: Resolve; None until it was asked
    resolve: ResolveEngine | None = None
    #: the sources that the spec names
    source_paths: tuple[str, ...] = field(default=())


@frozen(kw_only=True)
class Preparation:
    """Runs the checks, in the order in which an operator would fix the problems."""

    profiles: Mapping[str, CanonicalProfile]
    engines: FfmpegSelection
    resolve: LocalResolve
    probe_seconds: float

    def prepare(
        self,
        content: bytes,
        facts: JobFacts,
        cancel: CancelToken | None = None,
        keep_descriptors: Sequence[int] = (),
    ) -> Prepared:
        """Check a spec completely, except what only a running Resolve can tell.

        Nothing is written.

        `facts` is filled on the way. Raise JobFailed with every problem of the stage that
        failed: first document, profile and paths, then the media.
        """
        draft = self._read(content, facts)
        profile, problems = self._check_document(draft, facts)
        spec = draft.spec() if not problems else None
        if problems or spec is None or profile is None:
            raise JobFailed(failure_of(problems))
        if all(raw_format(path) for path in spec.sources):
            # Nothing of FFmpeg is needed to see where these go.
            return self._for_resolve(spec, profile, facts)
        identities = {path: measure.identify(path) for path in spec.sources if not raw_format(path)}
        # Asked first: what is wrong with the engine must not be blamed on a source.
        facts.engine = engine = self.engines.engine()
        probe = Probe(
            engine.ffprobe,
            cancel=cancel,
            keep_descriptors=keep_descriptors,
            seconds=self.probe_seconds,
        )
        media = self._route(spec, profile, probe, facts, identities)
        if facts.routed is EngineKind.RESOLVE:
            return self._for_resolve(spec, profile, facts)
        self._check_encoders(engine, profile)
        self._check_decoders(engine, profile, media)
        # First what the headers say: a file without an index is read whole to be measured.
        found = tuple(zip(identities.values(), media, strict=True))
        headers = [measure.promised(identity, info) for identity, info in found]
        self._check_media(spec, profile, headers)
        decoder = Decoder(
            program=engine.ffmpeg,
            threads=profile.ffmpeg.threads if profile.ffmpeg else 1,
            seconds=self.probe_seconds,
            cancel=cancel,
            keep_descriptors=keep_descriptors,
        )
        sources = tuple(
            measure.measure(identity, info, probe, decoder.times) for identity, info in found
        )
        self._check_media(spec, profile, sources)
        return Prepared(spec=spec, profile=profile, sources=sources, engine=engine)

    def _read(self, content: bytes, facts: JobFacts) -> reading.Draft:
        try:
            facts.document = strict_json.read_document(content)
        except strict_json.Refused as refused:
            raise JobFailed(failure_of([refused.problem])) from None
        draft = reading.read(facts.document, generated_id=facts.job_id)
        facts.job_id = draft.fields.get("job_id", facts.job_id)
        facts.source_paths = draft.fields.get("sources", ())
        return draft

    def _check_document(
        self, draft: reading.Draft, facts: JobFacts
    ) -> tuple[CanonicalProfile | None, list[Problem]]:
        """Collect every problem that needs no look into the media."""
        problems = list(draft.problems)
        profile, found = match.check(draft.fields, self.profiles)
        facts.profile = profile
        problems += found
        if "naming_template" in draft.fields:
            problems += naming.check_template(draft.fields["naming_template"])
        if "output_directory" in draft.fields:
            problems += paths.check_output_directory(draft.fields["output_directory"])
        for index, path in enumerate(draft.fields.get("sources", ())):
            problems += paths.check_source(path, index)
        return profile, problems

    def _route(
        self,
        spec: JobSpec,
        profile: CanonicalProfile,
        probe: Probe,
        facts: JobFacts,
        identities: Mapping[str, FileIdentity],
    ) -> tuple[MediaInfo, ...]:
        """Probe every source and compare the routes with the profile's engine."""
        media: list[MediaInfo] = []
        routes: list[EngineKind] = []
        problems: list[Problem] = []
        for index, path in enumerate(spec.sources):
            place = f"sources[{index}]"
            if raw_format(path):
                routes.append(EngineKind.RESOLVE)
                continue
            try:
                with opened(path, identities[path]) as source, probe.holding(path, source):
                    structure.check(path, Pieces.of(source))
                    info = probe.describe(path)
            except JobFailed as error:
                problems.append(paths.as_problem(error, place))
                continue
            media.append(info)
            if info.encrypted:
                message = f"The content of '{path}' is encrypted."
                problems.append(Problem(code=Code.SOURCE_ENCRYPTED, path=place, message=message))
                continue
            if wrong := dolby_vision.objection(info):
                message = f"The picture of '{path}' {wrong}."
                problems.append(Problem(code=Code.SOURCE_DOLBY_VISION, path=place, message=message))
                continue
            routed = routing.route(info, place)
            if isinstance(routed, Problem):
                problems.append(routed)
            else:
                routes.append(routed)
        fail_if_any(problems)
        engine = routing.one_engine(routes)
        if isinstance(engine, Problem):
            raise JobFailed(failure_of([engine]))
        facts.routed = engine
        mismatch = match.check_engine(profile, engine)
        fail_if_any(mismatch)
        return tuple(media)

    def _for_resolve(self, spec: JobSpec, profile: CanonicalProfile, facts: JobFacts) -> Prepared:
        """Check what can be checked of a RAW job without a session with Resolve."""
        facts.routed = EngineKind.RESOLVE
        mismatch = match.check_engine(profile, EngineKind.RESOLVE)
        fail_if_any(mismatch)
        sources = _look_at(spec)
        self.resolve.installation()
        facts.engine = engine = self.engines.engine()
        return Prepared(spec=spec, profile=profile, sources=sources, engine=engine)

    def _check_encoders(self, engine: Engine, profile: CanonicalProfile) -> None:
        recipe = profile.ffmpeg
        needed = {recipe.encoder} if recipe else set()
        if profile.audio.encoder != "copy":
            needed.add(profile.audio.encoder)
        lacking = sorted(needed - engine.encoders)
        if lacking:
            raise JobFailed.of(
                Code.ENGINE_LACKS_ENCODER,
                f"{engine.tools.ffmpeg} ({engine.version}) lacks the encoder "
                f"{', '.join(lacking)} that profile '{profile.name}' needs.",
            )

    def _check_decoders(
        self, engine: Engine, profile: CanonicalProfile, media: Sequence[MediaInfo]
    ) -> None:
        name = f"{engine.tools.ffmpeg} ({engine.version})"
        problems = [
            Problem(
                code=Code.ENGINE_LACKS_DECODER,
                path=f"sources[{index}]",
                message=f"{name} has no software decoder for {footage.codec}.",
                found=footage.codec,
                allowed=", ".join(sorted(DECODERS[footage.codec])),
            )
            for index, info in enumerate(media)
            if (footage := info.footage()) and not DECODERS[footage.codec] & engine.decoders
        ]
        for index, info in enumerate(media):
            problems += sound_fit.check_decoders(
                profile, info, engine.decodes, name, f"sources[{index}]"
            )
        fail_if_any(problems)

    def _check_media(
        self, spec: JobSpec, profile: CanonicalProfile, sources: Sequence[Source | None]
    ) -> None:
        problems = [
            problem
            for index, source in enumerate(sources)
            if source is not None
            for problem in fit.check(spec, profile, source, f"sources[{index}]")
        ]
        fail_if_any(problems)


def _look_at(spec: JobSpec) -> tuple[RawSource, ...]:
    """Check every camera RAW source; raise JobFailed with the problems of all of them."""
    sources: list[RawSource] = []
    problems: list[Problem] = []
    for index, path in enumerate(spec.sources):
        place = f"sources[{index}]"
        try:
            sources.append(raw_files.look(path, place))
        except JobFailed as error:
            problems += error.failure.errors or (paths.as_problem(error, place),)
    problems += () if problems else _same_sequence(sources)
    fail_if_any(problems)
    return tuple(sources)


def _same_sequence(sources: Sequence[RawSource]) -> list[Problem]:
    """Find sources that are one image sequence: two of its frames, or its folder and a frame."""
    problems = []
    first: dict[tuple[str, str], int] = {}
    for index, source in enumerate(sources):
        if source.frames is None:
            continue
        earlier = first.setdefault((source.folder, source.frames.pattern), index)
        if earlier != index:
            problems.append(
                Problem(
                    code=Code.SOURCE_SEQUENCE_INVALID,
                    path=f"sources[{index}]",
                    message=f"sources[{earlier}] and sources[{index}] are the same image sequence.",
                    found=source.frames.pattern,
                    allowed="each sequence once",
                    action="Name the folder, or one of its frames, once.",
                )
            )
    return problems
