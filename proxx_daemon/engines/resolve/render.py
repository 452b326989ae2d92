"""The steps that render one clip in a project of our own. Runs in the session's process only.

The order is Resolve's: frame rate and size are fixed with the first timeline, a preset
overwrites what was set before it, and a render job keeps the settings of its making.
"""

import os
import time
from contextlib import suppress
from typing import Any, Final

from attrs import Factory, define, field

from proxx_daemon.engines.resolve.api import Api, RefusedError, Reporter
from proxx_daemon.engines.resolve.connection import Connection, preset_names
from proxx_daemon.failures.codes import Code
from proxx_daemon.jobspec import frame_rate
from proxx_daemon.plan import resolve
from proxx_daemon.plan.resolve_session import ClipFacts, RenderOrder, Step

#: Project.SetCurrentRenderMode: the timeline as one file
_SINGLE_CLIP: Final = 1
#: seconds between the first two looks at a render; short clips are over at once
_FIRST_PAUSE_SECONDS: Final = 0.05
#: what a render job that is not over calls itself
_UNDER_WAY: Final = ("Ready", "Rendering")


@define
class Render:
    """Renders one clip with Resolve."""

    connection: Connection
    order: RenderOrder
    reporter: Reporter
    _api: Api = field(
        init=False, default=Factory(lambda self: self.connection.api, takes_self=True)
    )
    _project: Any = field(init=False, default=None)
    _pool: Any = field(init=False, default=None)
    _clip: Any = field(init=False, default=None)
    _job: str = field(init=False, default="")

    def run(self) -> None:
        """Take every step up to the end of the render; raise RefusedError."""
        self._create()
        facts = self._import()
        self._set(facts)
        self._make_timeline(facts)
        self._load_preset()
        self._aim(facts)
        self._queue()
        self._watch()

    def close(self) -> None:
        """Leave nothing behind; raise RefusedError when Resolve does not let go."""
        if self._project is None:
            return
        self._api.begin(Step.CLOSE)
        manager = self.connection.manager
        self.connection.stop_rendering(self._project)
        if self._job:
            self._api.call(self._project, "project", "DeleteRenderJob", self._job)
        # Not saved: nobody needs it any more.
        self._api.need(manager, "projectManager", "CloseProject", self._project)
        self._api.need(manager, "projectManager", "DeleteProject", self.order.project)
        self._project = None
        self._api.end()

    def _create(self) -> None:
        self._api.begin(Step.PROJECT)
        try:
            self.connection.refuse_users_project()
        except RefusedError as error:
            # It was free when the job was checked.
            raise self._api.refused(str(error)) from None
        manager = self.connection.manager
        self._project = self._api.need(
            manager, "projectManager", "CreateProject", self.order.project
        )
        self._pool = self._api.need(self._project, "project", "GetMediaPool")
        self._api.end()

    def _import(self) -> ClipFacts:
        self._api.begin(Step.IMPORT)
        order = self.order
        item: str | dict[str, Any] = order.media
        if order.first is not None and order.last is not None:
            item = {"FilePath": order.media, "StartIndex": order.first, "EndIndex": order.last}
        clips = self._api.need(self._pool, "mediaPool", "ImportMedia", [item])
        if len(clips) != 1:
            raise self._api.refused(f"Resolve made {len(clips)} clips of {order.media}.")
        self._clip = clips[0]
        facts = self._facts()
        if order.rate is not None and facts.rate != order.rate:
            facts = self._interpret(facts)
        if order.first is not None and order.last is not None:
            count = order.last - order.first + 1
            if facts.frames != count:
                raise self._api.refused(
                    f"Resolve sees {facts.frames} of the {count} frames of {order.media}."
                )
        self._api.end()
        return facts

    def _facts(self) -> ClipFacts:
        properties = {
            name: self._api.call(self._clip, "clip", "GetClipProperty", name)
            for name in resolve.PROPERTIES
        }
        self.reporter.report("clip", properties=properties)
        try:
            return resolve.clip_facts(properties)
        except ValueError as error:
            raise self._api.refused(f"{error} for {self.order.media}.") from None

    def _interpret(self, facts: ClipFacts) -> ClipFacts:
        """Set an image sequence to the rate of the spec: its frames often do not state one."""
        wanted = self.order.rate
        if wanted is None or self.order.first is None:
            said = "none" if wanted is None else frame_rate.text(wanted)
            raise RefusedError(
                Code.RESOLVE_RATE_MISMATCH,
                f"fps_explicit is {said}, and Resolve says that {self.order.media} runs at "
                f"{frame_rate.text(facts.rate)} frames per second.",
            )
        text = frame_rate.text(wanted)
        self._api.need(self._clip, "clip", "SetClipProperty", "FPS", text)
        facts = self._facts()
        if facts.rate != wanted:
            raise RefusedError(
                Code.RESOLVE_RATE_MISMATCH,
                f"Resolve keeps {self.order.media} at {frame_rate.text(facts.rate)} frames per "
                f"second; fps_explicit is {text}.",
            )
        return facts

    def _set(self, facts: ClipFacts) -> None:
        self._api.begin(Step.SETTINGS)
        for name, value in resolve.project_settings(facts):
            self._api.need(self._project, "project", "SetSetting", name, value)
        self._check_rate(self._project, "project", facts)
        self._api.end()

    def _make_timeline(self, facts: ClipFacts) -> None:
        self._api.begin(Step.TIMELINE)
        timeline = self._api.need(
            self._pool, "mediaPool", "CreateTimelineFromClips", self.order.project, [self._clip]
        )
        self._api.need(self._project, "project", "SetCurrentTimeline", timeline)
        self._api.need(timeline, "timeline", "SetStartTimecode", facts.timecode)
        found = self._api.call(timeline, "timeline", "GetStartTimecode")
        if found != facts.timecode:
            raise self._api.refused(
                f"The timeline starts at {found}, and the clip at {facts.timecode}."
            )
        self._check_rate(timeline, "timeline", facts)
        kinds = self._audio_tracks(timeline) if facts.channels else []
        try:
            held = sum(resolve.track_channels(kinds))
        except ValueError as error:
            raise self._api.refused(f"{error}.") from None
        if held != facts.channels:
            raise self._api.refused(
                f"The timeline has {held} audio channels, and the clip {facts.channels}."
            )
        self.reporter.report("tracks", kinds=kinds)
        self._api.end()

    def _audio_tracks(self, timeline: Any) -> list[str]:
        """Return the kind of every audio track that holds something."""
        count = self._api.call(timeline, "timeline", "GetTrackCount", "audio") or 0
        return [
            str(self._api.call(timeline, "timeline", "GetTrackSubType", "audio", number))
            for number in range(1, int(count) + 1)
            if self._api.call(timeline, "timeline", "GetItemListInTrack", "audio", number)
        ]

    def _check_rate(self, owner: Any, name: str, facts: ClipFacts) -> None:
        """Check that a rate that was set is in force."""
        found = str(self._api.call(owner, name, "GetSetting", "timelineFrameRate"))
        try:
            rate = frame_rate.exact(found.removesuffix(" DF"))
        except ValueError:
            rate = None
        if rate != facts.rate:
            raise self._api.refused(
                f"The {name} runs at {found} frames per second, and the clip at "
                f"{frame_rate.text(facts.rate)}."
            )

    def _load_preset(self) -> None:
        self._api.begin(Step.PRESET)
        preset = self.order.preset
        if not self._api.call(self._project, "project", "LoadRenderPreset", preset):
            listed = preset_names(self._api.call(self._project, "project", "GetRenderPresetList"))
            raise self._api.refused(
                f"Resolve did not load the render preset '{preset}'. It has: "
                f"{', '.join(listed) or 'none'}."
            )
        # A preset may say "individual clips", which names files in its own way.
        self._api.need(self._project, "project", "SetCurrentRenderMode", _SINGLE_CLIP)
        # Only for the steps in the result: ffprobe checks the proxy.
        self._api.call(self._project, "project", "GetCurrentRenderFormatAndCodec")
        self._api.end()

    def _aim(self, facts: ClipFacts) -> None:
        self._api.begin(Step.TARGET)
        settings = resolve.render_settings(self.order, facts)
        self._api.need(self._project, "project", "SetRenderSettings", settings)
        self._api.end()

    def _queue(self) -> None:
        self._api.begin(Step.QUEUE)
        self._job = str(self._api.need(self._project, "project", "AddRenderJob"))
        self._api.end()
        self._api.begin(Step.START)
        self._api.need(
            self._project, "project", "StartRendering", [self._job], isInteractiveMode=False
        )
        self._api.end()

    def _watch(self) -> None:
        """Poll until the job is over; report only when something has changed."""
        self._api.begin(Step.RENDER)
        reported: tuple[object, ...] | None = None
        pause = min(_FIRST_PAUSE_SECONDS, self.order.poll_seconds)
        while True:
            status = self._api.poll(self._project, "project", "GetRenderJobStatus", self._job)
            if not isinstance(status, dict) or "JobStatus" not in status:
                raise RefusedError(
                    Code.RESOLVE_STATUS_LOST,
                    f"Resolve answered {status!r} when asked for the status of the render.",
                )
            seen = (status["JobStatus"], status.get("CompletionPercentage"), self._written())
            if seen != reported:
                reported = seen
                self.reporter.report("progress", status=seen[0], percent=seen[1], bytes=seen[2])
            if self._is_over(status):
                break
            time.sleep(pause)
            pause = min(2 * pause, self.order.poll_seconds)
        self._api.call(self._project, "project", "GetRenderJobStatus", self._job)
        self._api.end()
        self.reporter.report("rendered")

    def _is_over(self, status: dict[str, Any]) -> bool:
        """Return whether the job completed; raise RefusedError when it ended in another way."""
        word = status["JobStatus"]
        if word == "Complete":
            return True
        if word == "Failed":
            said = str(status.get("Error") or "").strip() or "it gave no reason"
            raise RefusedError(Code.RESOLVE_RENDER_FAILED, f"Resolve's render failed: {said}")
        if word == "Cancelled":
            raise RefusedError(
                Code.RESOLVE_RENDER_CANCELLED, "The render was cancelled inside Resolve."
            )
        if word not in _UNDER_WAY and not self._api.poll(
            self._project, "project", "IsRenderingInProgress"
        ):
            raise RefusedError(
                Code.RESOLVE_STATUS_LOST,
                f"Resolve reports the unknown render status '{word}' and is not rendering.",
            )
        return False

    def _written(self) -> int:
        """Count the bytes that the render has written: they show progress within a percent."""
        total = 0
        with suppress(OSError), os.scandir(self.order.folder) as entries:
            for entry in entries:
                total += entry.stat(follow_symlinks=False).st_size
        return total
