"""Projects of the simulated Resolve: settings, timelines, and renders that FFmpeg makes."""

import re
import subprocess
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from simulated_media import MediaPool, MediaPoolItem, ffmpeg
from simulated_place import ApiObject, Place

RATES = frozenset(
    (
        *("16", "18", "23.976", "24", "25", "29.97", "29.97 DF", "30", "30 DF", "47.952"),
        *("48", "50", "59.94", "59.94 DF", "60", "60 DF", "72", "95.904", "96", "100"),
        *(
            "119.88",
            "120",
        ),
    )
)
SETTINGS = ("timelineFrameRate", "timelineResolutionWidth", "timelineResolutionHeight")
#: the keys that the section "Looking up Render Settings" lists, as far as they are used
RENDER_SETTINGS = frozenset(
    (
        *("SelectAllFrames", "MarkIn", "MarkOut", "TargetDir", "CustomName", "ExportVideo"),
        *(
            "ExportAudio",
            "FormatWidth",
            "FormatHeight",
            "FrameRate",
        ),
    )
)
#: a status that a test asks for instead of the render's own
TOLD: dict[str, Any] = {
    "failed": {
        "JobStatus": "Failed",
        "CompletionPercentage": 40,
        "Error": "Clip A001 could not be decoded correctly. The file may be corrupt.",
    },
    "cancelled": {"JobStatus": "Cancelled", "CompletionPercentage": 40},
    "status_none": None,
    "unknown_word": {"JobStatus": "Terminé", "CompletionPercentage": 100},
    "no_file": {"JobStatus": "Complete", "CompletionPercentage": 100},
    "sound_only": {"JobStatus": "Complete", "CompletionPercentage": 100},
}
#: what each preset of docs/how-to/resolve.md makes: extension, FFmpeg's arguments, format and codec
PRESETS = {
    "ProRes Proxy": ("mov", ("-c:v", "prores_aw", "-profile:v", "0"), "ProRes422P"),
    "ProRes LT": ("mov", ("-c:v", "prores_aw", "-profile:v", "1"), "ProRes422LT"),
    "ProRes HQ": ("mov", ("-c:v", "prores_aw", "-profile:v", "3"), "ProRes422HQ"),
    "DNxHR LB": ("mxf", ("-c:v", "dnxhd", "-profile:v", "dnxhr_lb"), "DNxHRLB"),
    "DNxHR SQ": ("mxf", ("-c:v", "dnxhd", "-profile:v", "dnxhr_sq"), "DNxHRSQ"),
}


class Timeline(ApiObject):
    kind = "Timeline"

    def __init__(self, place: Place, name: str, clip: MediaPoolItem, rate: str) -> None:
        super().__init__(place)
        self.name = name
        self.clip = clip
        self.rate = rate
        self.start = "01:00:00;00" if rate.endswith("DF") else "01:00:00:00"

    def GetName(self) -> str:
        return self.name

    def SetStartTimecode(self, timecode: str) -> bool:
        mark = ";" if self.rate.endswith("DF") else ":"
        if not re.fullmatch(rf"\d\d:\d\d:\d\d{mark}\d\d", timecode):
            return self.refuse(f"SetStartTimecode({timecode!r}) at {self.rate}")
        self.start = timecode
        return True

    def GetStartTimecode(self) -> str:
        return self.start

    def GetSetting(self, name: str) -> str:
        return self.rate if name == "timelineFrameRate" else ""

    def GetTrackCount(self, kind: str) -> int:
        # A timeline has one audio track even when its clip has no sound.
        return max(1, len(self.clip.audio_kinds())) if kind == "audio" else 1

    def GetTrackSubType(self, kind: str, index: int) -> str:
        kinds = self.clip.audio_kinds()
        return kinds[index - 1] if kind == "audio" and index <= len(kinds) else "stereo"

    def GetItemListInTrack(self, kind: str, index: int) -> list[str]:
        held = kind != "audio" or index <= len(self.clip.audio_kinds())
        return ["item"] if held else []


class Render:
    """A running FFmpeg that plays the part of Resolve's renderer."""

    def __init__(self, project: "Project", timeline: Timeline) -> None:
        settings = dict(project.render_settings)
        extension, codec, _ = PRESETS[project.preset]
        self.place = project.place
        self.fault = self.place.settings.get("render")
        self.frames = int(timeline.clip.GetClipProperty("Frames"))
        self.target = Path(settings["TargetDir"]) / f"{settings['CustomName']}.{extension}"
        self.progress = self.place.folder / "progress"
        self.process: subprocess.Popen[bytes] | None = None
        self.stopped = False
        size = f"scale={settings['FormatWidth']}:{settings['FormatHeight']},format="
        size += "yuv422p" if extension == "mxf" else "yuv422p10le"
        sound = ["-map", "0:a?"] if settings.get("ExportAudio") else ["-an"]
        command = [ffmpeg(self.place), "-v", "error", "-nostdin", *timeline.clip.input()]
        command += ["-map", "0:v:0", *sound, "-vf", size, *codec, "-c:a", "pcm_s24le"]
        command += ["-ar", "48000", "-timecode", timeline.start]
        command += list(map(str, self.place.settings.get("render_arguments", ())))
        command += ["-progress", str(self.progress), str(self.target)]
        if self.fault in (None, "stuck", "hold"):
            self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        elif self.fault == "sound_only":
            tone = ["-f", "lavfi", "-i", "sine=d=0.2", "-c:a", "pcm_s24le", str(self.target)]
            subprocess.run([ffmpeg(self.place), "-v", "error", *tone], check=True)

    def running(self) -> bool:
        if self.stopped:
            return False
        if self.fault == "stuck" or (self.fault == "hold" and not self.place.wait_for("release")):
            return True
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        self.stopped = True
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def status(self) -> Any:
        if self.fault in TOLD:
            return TOLD[self.fault]
        if self.running():
            percent = 100 if self.fault == "stuck" else self._percent()
            return {"JobStatus": "Rendering", "CompletionPercentage": percent}
        if self.process is not None and self.process.returncode != 0:
            return {"JobStatus": "Failed", "CompletionPercentage": 0, "Error": "Render failed."}
        return {"JobStatus": "Complete", "CompletionPercentage": 100, "TimeTakenToRenderInMs": 9}

    def _percent(self) -> int:
        with suppress(OSError, IndexError):
            told = re.findall(r"^frame=(\d+)", self.progress.read_text(), re.MULTILINE)
            return min(99, 100 * int(told[-1]) // max(1, self.frames))
        return 0


class Project(ApiObject):
    kind = "Project"

    def __init__(self, place: Place, name: str) -> None:
        super().__init__(place)
        self.name = name
        self.settings = {
            "timelineFrameRate": "24",
            "timelineResolutionWidth": "1920",
            "timelineResolutionHeight": "1080",
        }
        self.pool = MediaPool(place, self)
        self.timelines: list[Timeline] = []
        self.current: Timeline | None = None
        self.preset = ""
        self.render_settings: dict[str, Any] = {}
        self.jobs: dict[str, Render | None] = {}

    def add_timeline(self, name: str, clip: MediaPoolItem) -> Timeline | None:
        if any(timeline.name == name for timeline in self.timelines):
            return None
        timeline = Timeline(self.place, name, clip, self.settings["timelineFrameRate"])
        self.timelines.append(timeline)
        self.current = timeline
        return timeline

    def GetName(self) -> str:
        return self.name

    def GetMediaPool(self) -> MediaPool:
        return self.pool

    def GetTimelineCount(self) -> int:
        return len(self.timelines)

    def SetCurrentTimeline(self, timeline: Timeline) -> bool:
        if timeline not in self.timelines:
            return self.refuse("SetCurrentTimeline of a foreign timeline")
        self.current = timeline
        return True

    def GetSetting(self, name: str) -> str:
        return self.settings.get(name, "")

    def SetSetting(self, name: str, value: str) -> bool:
        if name not in SETTINGS or not isinstance(value, str):
            return self.refuse(f"SetSetting({name!r}, {value!r})")
        if name == "timelineFrameRate":
            if self.timelines:
                return self.refuse("the frame rate is fixed with the first timeline")
            if value not in RATES:
                return False
            value = str(float(value)) if not value.endswith("DF") else value
            value = value.removesuffix(".0")
        self.settings[name] = value
        return True

    def GetRenderPresetList(self) -> list[str]:
        return [str(name) for name in self.place.settings.get("presets", list(PRESETS))]

    def LoadRenderPreset(self, name: str) -> bool:
        if name not in self.place.settings.get("presets", list(PRESETS)):
            return False
        self.preset = name
        # What was set before is the preset's now.
        self.render_settings = {}
        return True

    def SetCurrentRenderMode(self, mode: int) -> bool:
        return mode in (0, 1) or self.refuse(f"SetCurrentRenderMode({mode!r})")

    def GetCurrentRenderFormatAndCodec(self) -> dict[str, str]:
        if not self.preset:
            return {}
        return {"format": PRESETS[self.preset][0], "codec": PRESETS[self.preset][2]}

    def SetRenderSettings(self, settings: dict[str, Any]) -> bool:
        unknown = set(settings) - RENDER_SETTINGS
        if unknown or self.current is None:
            return self.refuse(f"SetRenderSettings with {sorted(unknown)}, {self.current}")
        self.render_settings |= settings
        return True

    def AddRenderJob(self) -> str:
        named = {"TargetDir", "CustomName"} <= set(self.render_settings)
        if self.current is None or not self.preset or not named:
            self.refuse("AddRenderJob without timeline, preset, folder or name")
            return ""
        if not Path(self.render_settings["TargetDir"]).is_dir():
            return ""
        job = str(uuid.uuid4())
        self.jobs[job] = None
        return job

    def DeleteRenderJob(self, job: str) -> bool:
        if job not in self.jobs or self.IsRenderingInProgress():
            return self.refuse(f"DeleteRenderJob({job!r}) of no job, or while it renders")
        del self.jobs[job]
        return True

    def DeleteAllRenderJobs(self) -> bool:
        self.jobs.clear()
        return True

    def StartRendering(self, jobs: list[str], *, isInteractiveMode: bool = False) -> bool:
        known = isinstance(jobs, list) and all(job in self.jobs for job in jobs)
        if not known or isInteractiveMode or self.current is None:
            return self.refuse(f"StartRendering({jobs!r})")
        for job in jobs:
            self.jobs[job] = Render(self, self.current)
        return True

    def StopRendering(self) -> None:
        for render in self.jobs.values():
            if render is not None:
                render.stop()

    def IsRenderingInProgress(self) -> bool:
        return any(render is not None and render.running() for render in self.jobs.values())

    def GetRenderJobStatus(self, job: str) -> Any:
        if job not in self.jobs:
            self.refuse(f"GetRenderJobStatus({job!r})")
            return {}
        render = self.jobs[job]
        if render is None:
            return {"JobStatus": "Ready", "CompletionPercentage": 0}
        return render.status()
