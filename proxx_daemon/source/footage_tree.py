"""Walks a folder of footage: which clips it holds, and what is left out and why.

The order is that of the names at each level, by code point, a folder at the place of its name. No
file is opened: `create` lists ten thousand of them in a second, and the job of each clip looks
into it.
"""

import os
from collections import Counter
from collections.abc import Mapping

from attrs import define, field, frozen

from proxx_daemon.jobspec.jobspec import EngineKind
from proxx_daemon.source.file_kinds import FileKind, FoundClip, extension_of, kind_of

_ENGINES = {
    FileKind.CLIP: EngineKind.FFMPEG,
    FileKind.RAW: EngineKind.RESOLVE,
    FileKind.FRAME: EngineKind.RESOLVE,
}


@frozen(kw_only=True)
class LeftOut:
    """Something that is no clip of the job, and could be taken for one."""

    #: its path
    path: str
    #: why, a clause
    reason: str


@frozen(kw_only=True)
class FootageTree:
    """What a walk found."""

    #: the clips, in the order of the walk
    clips: tuple[FoundClip, ...]
    #: what is named, with the reason
    left_out: tuple[LeftOut, ...]
    #: hidden files and folders
    hidden: int
    #: number of files that go with clips, by extension
    sidecars: Mapping[str, int]
    #: number of all other files, by extension
    others: Mapping[str, int]


def walk(folder: str, engine: EngineKind, output_directory: str) -> FootageTree:
    """Find the clips in a folder and in all folders below it that go to an engine.

    Links are not followed, and the folder of the proxies is not entered. Raise OSError if a
    folder cannot be read: a clip must not be missed.
    """
    walker = _Walker(engine=engine, outputs=os.path.realpath(output_directory))
    walker.enter(folder, "")
    return FootageTree(
        clips=tuple(walker.clips),
        left_out=tuple(walker.left_out),
        hidden=walker.hidden,
        sidecars=walker.sidecars,
        others=walker.others,
    )


@define(kw_only=True)
class _Walker:
    """What was found so far."""

    engine: EngineKind
    #: the real path of the folder of the proxies
    outputs: str
    clips: list[FoundClip] = field(factory=list)
    left_out: list[LeftOut] = field(factory=list)
    hidden: int = 0
    sidecars: Counter[str] = field(factory=Counter)
    others: Counter[str] = field(factory=Counter)

    def enter(self, folder: str, subfolder: str) -> None:
        """Take in one folder, then those below it."""
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        if any(kind_of(entry.name) is FileKind.FRAME for entry in entries):
            above = os.path.dirname(subfolder)
            self._clip(FoundClip(path=folder, subfolder=above, is_folder=True), FileKind.FRAME)
        for entry in entries:
            path = os.path.join(folder, entry.name)
            if entry.name.startswith("."):
                self.hidden += 1
            elif entry.is_symlink():
                self._leave(path, "it is a link; name its target")
            elif entry.is_dir():
                if os.path.realpath(path) == self.outputs:
                    self._leave(path, "it is the output directory")
                else:
                    self.enter(path, os.path.join(subfolder, entry.name))
            elif entry.is_file():
                self._file(path, subfolder, entry.name)
            else:
                self._leave(path, "it is not a file")

    def _file(self, path: str, subfolder: str, name: str) -> None:
        kind, extension = kind_of(name), extension_of(name)
        match kind:
            case FileKind.CLIP | FileKind.RAW:
                self._clip(FoundClip(path=path, subfolder=subfolder), kind)
            case FileKind.FRAME:
                # Its folder is the clip.
                return
            case FileKind.SIDECAR:
                self.sidecars[extension] += 1
            case FileKind.FOREIGN:
                self._leave(path, f"Proxx takes no .{extension} files")
            case _:
                self.others[extension] += 1

    def _clip(self, clip: FoundClip, kind: FileKind) -> None:
        needed = _ENGINES[kind]
        if needed is self.engine:
            self.clips.append(clip)
        elif needed is EngineKind.RESOLVE:
            self._leave(clip.path, "it is camera RAW, and the profile is not for camera RAW")
        else:
            self._leave(clip.path, "it is not camera RAW, and the profile is for camera RAW only")

    def _leave(self, path: str, reason: str) -> None:
        self.left_out.append(LeftOut(path=path, reason=reason))
