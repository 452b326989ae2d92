"""DaVinci Resolve: which one runs, the steps of a session, and what a session is told.

A session is a child process that controls Resolve through its scripting API; see
docs/how-to/resolve.md.
"""

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Annotated, Final

from attrs import frozen

from proxx_daemon.documents.fields import AT_LEAST_0
from proxx_daemon.failures.codes import Code


class ResolveOrigin(StrEnum):
    """Which step of the rule found Resolve's scripting module."""

    #: RESOLVE_SCRIPT_API and RESOLVE_SCRIPT_LIB, as Resolve's scripting README names them
    ENVIRONMENT = "environment"
    #: a place that Resolve's scripting README names for this system
    DOCUMENTED = "documented"


@frozen(kw_only=True)
class ResolveInstallation:
    """Where Resolve's scripting module is."""

    #: absolute path of the folder that holds DaVinciResolveScript.py
    modules: str
    #: absolute path of the library that it loads (fusionscript.so)
    script_library: str
    #: how they were found
    origin: ResolveOrigin


@frozen(kw_only=True)
class ResolveEngine:
    """A running Resolve and what it says about itself."""

    #: where its scripting module is
    installation: ResolveInstallation
    #: what it calls itself, as "DaVinci Resolve Studio"
    product: str
    #: its version, as "20.1.0.11"
    version: str
    #: SHA-256 (hex) of the scripting library
    sha256: str
    #: the render presets that exist; None if it could not be asked without opening a project
    presets: tuple[str, ...] | None


class Step(StrEnum):
    """What a session does, in this order."""

    CONNECT = "connect"
    LIVENESS = "liveness"
    SWEEP = "sweep"
    PROJECT = "project"
    IMPORT = "import"
    SETTINGS = "settings"
    TIMELINE = "timeline"
    PRESET = "preset"
    TARGET = "target"
    QUEUE = "queue"
    START = "start"
    RENDER = "render"
    CLOSE = "close"


@frozen
class StepRule:
    """What one step is and how it fails."""

    #: the code when Resolve refuses the step or does not answer in time
    code: Code
    #: seconds that it may take; None if the limits of an engine run apply
    seconds: float | None
    #: what it does, one sentence
    meaning: str


STEPS: Final[Mapping[Step, StepRule]] = MappingProxyType(
    {
        Step.CONNECT: StepRule(
            Code.RESOLVE_CONNECT_FAILED, 60.0, "Load the scripting module and connect."
        ),
        Step.LIVENESS: StepRule(
            Code.RESOLVE_NOT_ALIVE, 30.0, "Ask for product, version and project manager."
        ),
        Step.SWEEP: StepRule(
            Code.RESOLVE_LEFTOVER, 60.0, "Remove what an earlier session of this machine left."
        ),
        Step.PROJECT: StepRule(
            Code.RESOLVE_PROJECT_FAILED, 60.0, "Create a project of our own name."
        ),
        Step.IMPORT: StepRule(
            Code.RESOLVE_IMPORT_FAILED, 300.0, "Import the clip and read its properties."
        ),
        Step.SETTINGS: StepRule(
            Code.RESOLVE_SETTING_REFUSED, 30.0, "Set frame rate and size from the clip."
        ),
        Step.TIMELINE: StepRule(
            Code.RESOLVE_TIMELINE_FAILED, 60.0, "Make a timeline with the clip's timecode."
        ),
        Step.PRESET: StepRule(Code.RESOLVE_PRESET_FAILED, 30.0, "Load the render preset."),
        Step.TARGET: StepRule(
            Code.RESOLVE_TARGET_REFUSED, 30.0, "Set folder, name and frame size of the output."
        ),
        Step.QUEUE: StepRule(Code.RESOLVE_QUEUE_FAILED, 60.0, "Add the render job."),
        Step.START: StepRule(Code.RESOLVE_START_FAILED, 60.0, "Start rendering that job."),
        Step.RENDER: StepRule(
            Code.RESOLVE_RENDER_FAILED, None, "Ask for the job's status until it is over."
        ),
        Step.CLOSE: StepRule(
            Code.RESOLVE_LEFTOVER, 60.0, "Delete the render job, close and delete our project."
        ),
    }
)


class SessionTask(StrEnum):
    """What a session does."""

    #: connect, look, and change nothing
    CHECK = "check"
    #: render one clip
    RENDER = "render"
    #: remove what an ended session left
    SWEEP = "sweep"


@frozen(kw_only=True)
class RenderOrder:
    """One clip, as a session is told to render it."""

    #: name of the project that is created and deleted again
    project: str
    #: a file's absolute path, or an image sequence's with its frame number as %0Nd
    media: str
    #: number of a sequence's first frame; None for a file
    first: int | None
    #: number of a sequence's last frame; None for a file
    last: int | None
    #: the frame rate that the spec demands; None takes the clip's own
    rate: Fraction | None
    #: name of the render preset
    preset: str
    #: absolute path of the folder that is rendered into; it exists and is empty
    folder: str
    #: name of the output without its extension
    name: str
    #: width and height are divided by this
    divisor: int
    #: seconds between two looks at the render job
    poll_seconds: float


@frozen(kw_only=True)
class SessionPlan:
    """Everything a session is told; it goes to its stdin as JSON."""

    #: what it does
    task: SessionTask
    #: where the scripting module is
    installation: ResolveInstallation
    #: how the names of our projects on this machine begin
    prefix: str
    #: the clip; None unless `task` is RENDER
    render: RenderOrder | None = None


@frozen(kw_only=True)
class ClipFacts:
    """What Resolve says about an imported clip and the timeline it made of it."""

    #: frames
    frames: int
    #: frames per second, exact
    rate: Fraction
    #: start timecode, HH:MM:SS:FF or HH:MM:SS;FF
    timecode: str
    #: pixels
    width: int
    #: pixels
    height: int
    #: audio channels of the clip
    channels: int
    #: reel name; None if the clip has none
    reel: str | None


@frozen(kw_only=True)
class Call:
    """One call of the scripting API."""

    call: Annotated[str, "The call with its arguments."]
    returned: Annotated[str, "What came back, shortened."]


@frozen(kw_only=True)
class StepRecord:
    """One step that a session began."""

    step: Annotated[Step, "What was done."]
    calls: Annotated[
        tuple[Call, ...],
        "Its calls of Resolve's scripting API, in order; of repeated calls the last.",
    ] = ()
    seconds: Annotated[
        float | None, "Seconds that it took; null if it did not end.", AT_LEAST_0
    ] = None
