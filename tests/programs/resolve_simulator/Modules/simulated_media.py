"""Media of the simulated Resolve: what a clip is, measured on a stand-in that FFmpeg can read.

A source is its own stand-in, unless the simulator's folder has a `standins/` file of its name.
Frames called .dng, .ari or .arx are JPEG pictures.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from simulated_place import ApiObject, Place

#: properties that can be asked for; any other gives a trivial answer
_PROPERTIES = ("FPS", "Frames", "Start TC", "Resolution", "Audio Ch", "Reel Name", "Clip Name")
_KINDS = {1: "mono", 2: "stereo", 6: "5.1"}


def ffmpeg(place: Place) -> str:
    return str(place.settings.get("ffmpeg") or shutil.which("ffmpeg"))


def ffprobe(place: Place) -> str:
    return str(place.settings.get("ffprobe") or shutil.which("ffprobe"))


class MediaPoolItem(ApiObject):
    kind = "MediaPoolItem"

    def __init__(self, place: Place, path: str, first: int | None, last: int | None) -> None:
        super().__init__(place)
        self.path = path
        self.first = first
        self.last = last
        self.rate: str | None = None
        self.project_rate = "24"
        standin = place.folder / "standins" / Path(path).name
        self.standin = str(standin) if standin.exists() else path
        self.probed = self._probe()

    def input(self) -> list[str]:
        """FFmpeg's arguments that read this clip."""
        if self.first is None:
            return ["-i", self.standin]
        start = ["-f", "image2", "-framerate", self._rate(), "-start_number", str(self.first)]
        return [*start, "-c:v", "mjpeg", "-i", self.standin]

    def GetName(self) -> str:
        return Path(self.path).name

    def GetClipProperty(self, name: str | None = None) -> Any:
        values = self._values()
        if name is None:
            return values
        if name not in _PROPERTIES:
            self.refuse(f"GetClipProperty of the unknown key {name}")
            return ""
        return values[name]

    def SetClipProperty(self, name: str, value: str) -> bool:
        if name != "FPS" or not isinstance(value, str):
            return self.refuse(f"SetClipProperty({name!r}, {value!r})")
        if self.first is None:
            return False
        self.rate = value
        return True

    def audio_kinds(self) -> list[str]:
        return [_KINDS.get(count, f"adaptive{count}") for count in self._channels()]

    def _values(self) -> dict[str, Any]:
        video = next(each for each in self.probed["streams"] if each["codec_type"] == "video")
        counted = int(video.get("nb_read_packets", 1))
        frames = counted if self.first is None else (self.last or 0) - self.first + 1
        return {
            "FPS": float(self._rate()),
            "Frames": str(frames),
            "Start TC": self._timecode(),
            "Resolution": f"{video['width']}x{video['height']}",
            "Audio Ch": str(sum(self._channels())),
            "Reel Name": "",
            "Clip Name": Path(self.path).name,
        } | dict(self.place.settings.get("properties", {}))

    def _rate(self) -> str:
        if self.first is not None:
            # Pictures know no rate: a sequence gets the project's.
            return self.rate or self.project_rate
        video = next(each for each in self.probed["streams"] if each["codec_type"] == "video")
        above, below = video["r_frame_rate"].split("/")
        return f"{int(above) / int(below):.3f}".rstrip("0").rstrip(".")

    def _timecode(self) -> str:
        said = dict(self.probed.get("format", {}).get("tags", {}))
        for stream in self.probed["streams"]:
            said.update(stream.get("tags", {}))
        return str(said.get("timecode", "00:00:00:00"))

    def _channels(self) -> list[int]:
        streams = self.probed["streams"]
        return [int(each["channels"]) for each in streams if each["codec_type"] == "audio"]

    def _probe(self) -> dict[str, Any]:
        place = self.place
        path = self.standin if self.first is None else self.standin % self.first
        command = [ffprobe(place), "-v", "error", "-show_streams", "-show_format"]
        command += ["-count_packets", "-of", "json"]
        # A frame's own name says nothing to FFmpeg.
        command += [*(["-f", "mjpeg"] if self.first is not None else []), "-i", path]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        probed: dict[str, Any] = json.loads(done.stdout)
        return probed


class MediaPool(ApiObject):
    kind = "MediaPool"

    def __init__(self, place: Place, project: Any) -> None:
        super().__init__(place)
        self.project = project
        self.clips: list[MediaPoolItem] = []

    def GetRootFolder(self) -> Any:
        return Folder(self.place, self)

    def ImportMedia(self, items: list[Any]) -> list[MediaPoolItem]:
        if not isinstance(items, list):
            self.refuse("ImportMedia takes a list")
            return []
        made = []
        for item in items:
            clip = self._import(item)
            if clip is not None:
                clip.project_rate = self.project.settings["timelineFrameRate"]
                made.append(clip)
        self.clips += made
        return made

    def _import(self, item: Any) -> MediaPoolItem | None:
        if isinstance(item, str):
            return self._file(item)
        if not isinstance(item, dict) or set(item) != {"FilePath", "StartIndex", "EndIndex"}:
            self.refuse(f"ImportMedia of {item!r}")
            return None
        first, last = item["StartIndex"], item["EndIndex"]
        pattern = str(item["FilePath"])
        if len(re.findall(r"%0[0-9]+d", pattern)) != 1:
            self.refuse(f"ImportMedia of the pattern {pattern}")
            return None
        if not all(Path(pattern % number).is_file() for number in range(first, last + 1)):
            return None
        return MediaPoolItem(self.place, pattern, first, last)

    def _file(self, path: str) -> MediaPoolItem | None:
        if not Path(path).is_file():
            return None
        try:
            return MediaPoolItem(self.place, path, None, None)
        except subprocess.CalledProcessError:
            return None

    def CreateTimelineFromClips(self, name: str, clips: list[MediaPoolItem]) -> Any:
        if not clips or any(clip not in self.clips for clip in clips):
            self.refuse("CreateTimelineFromClips of clips that are not in this pool")
            return None
        return self.project.add_timeline(name, clips[0])


class Folder(ApiObject):
    kind = "Folder"

    def __init__(self, place: Place, pool: MediaPool) -> None:
        super().__init__(place)
        self.pool = pool

    def GetClipList(self) -> list[Any]:
        return list(self.pool.clips) or list(self.place.settings.get("clips_of_a_person", []))
