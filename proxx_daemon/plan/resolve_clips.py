"""Frozen plans of jobs for Resolve, apart from FFmpeg's: few commands need both."""

from collections.abc import Mapping

from attrs import frozen

from proxx_daemon.jobspec.jobspec import JobSpec
from proxx_daemon.plan.plan import ClipPlan
from proxx_daemon.plan.resolve_session import RenderOrder
from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.source.raw import RawSource


@frozen(kw_only=True)
class ResolveClip:
    """One clip of camera RAW: source, name, and what a session with Resolve is told.

    What must come out is known when Resolve has imported the clip: nobody else can look inside.
    """

    #: position in the job, from 0
    index: int
    #: the source's files
    source: RawSource
    #: absolute path under which the proxy is published
    output_path: str
    #: absolute path that Resolve writes to, in a folder of its own
    partial_path: str
    #: every token with its value for this clip
    resolved_tokens: Mapping[str, str]
    #: what the session is told
    order: RenderOrder


@frozen(kw_only=True)
class ResolvePlan:
    """A job for Resolve whose every clip is named and ordered."""

    #: what was asked for
    spec: JobSpec
    #: the profile that decides
    profile: CanonicalProfile
    #: the clips, in the order in which they run
    clips: tuple[ResolveClip, ...]


#: a clip of either engine
PlannedClip = ClipPlan | ResolveClip
