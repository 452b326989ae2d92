"""One proxy of each profile and rate, made once by the real command, for all readers."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Final

import burned_numbers
from attrs import field, frozen
from proxx_process import proxx, spec_for
from specified_profiles import specified

from proxx_daemon.engines.engine import EngineTools

#: the profiles whose proxies are read
PROFILES: Final = sorted(name for name, each in specified().items() if each.ffmpeg)
#: those among them with H.264
H264: Final = [name for name in PROFILES if specified()[name].codec == "h264"]
#: those among them with MXF
MXF: Final = [name for name in PROFILES if specified()[name].container == "mxf"]
#: the last frame, then back and forth over the edges of groups of 8; none twice in a row
SOUGHT: Final = (burned_numbers.FRAMES - 1, 0, 1, 7, 8, 9, 31, 15, 16, 30)
#: rate, and timecode of the first frame
_TAKES: Final = (
    ("24000/1001", "10:00:00:00"),
    ("25", "10:00:00:00"),
    ("30000/1001", "01:00:59;00"),
)


@frozen
class Take:
    """A proxy, and what is known of its source."""

    path: Path
    #: frames per second
    rate: Fraction
    #: of the first frame
    timecode: str


@frozen
class Takes:
    """Makes the proxies of a profile when they are first asked for."""

    folder: Path
    tools: EngineTools
    made: dict[str, list[Take]] = field(factory=dict, init=False)

    def of(self, profile: str) -> list[Take]:
        """Return the proxies of a profile, one for each rate."""
        if profile not in self.made:
            self.made[profile] = self._make(profile)
        return self.made[profile]

    def _make(self, profile: str) -> list[Take]:
        spec = self.folder / f"{profile}.json"
        name = "{source_name}_{profile}"
        wanted = spec_for(profile, *self._sources(), into=self.folder, naming_template=name)
        spec.write_text(json.dumps(wanted))
        done = proxx("run", spec)
        assert done.returncode == 0, json.loads(done.stdout)["failure"]
        paths = [Path(clip["resolved_output_path"]) for clip in json.loads(done.stdout)["clips"]]
        return [
            Take(path, Fraction(rate), timecode)
            for path, (rate, timecode) in zip(paths, _TAKES, strict=True)
        ]

    def _sources(self) -> list[Path]:
        paths = [self.folder / f"{number}.mov" for number in range(len(_TAKES))]
        for path, (rate, timecode) in zip(paths, _TAKES, strict=True):
            if not path.exists():
                burned_numbers.make(self.tools, path, rate, timecode)
        return paths
