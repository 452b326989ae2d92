"""What a running job reports: the states that it enters, and the progress of a clip."""

from datetime import datetime

from attrs import frozen

from proxx_daemon.job.states import JobState


@frozen(kw_only=True)
class StateEntered:
    """The job has entered a state."""

    #: the state
    state: JobState
    #: when
    at: datetime


@frozen(kw_only=True)
class ClipProgress:
    """The progress of the engine with one clip."""

    #: position of the clip in the job, from 0
    index: int
    #: number of clips in the job
    clips: int
    #: file name of the source
    name: str
    #: frames that are done
    frames: int
    #: frames that the proxy will have
    frames_total: int
    #: frames per second of wall time; None while unknown
    fps: float | None
    #: multiple of real time; None while unknown
    speed: float | None

    @property
    def fraction(self) -> float:
        """The part that is done, 0 to 1."""
        return min(1.0, self.frames / self.frames_total) if self.frames_total else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the clip is done at the present speed; None while unknown."""
        if not self.fps:
            return None
        return max(0, self.frames_total - self.frames) / self.fps


#: Everything that a pipeline reports while it runs.
JobEvent = StateEntered | ClipProgress
