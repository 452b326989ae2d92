"""Specs and media with random bytes changed: each ends in one folder with a result and a code.

And the daemon that read them all is no bigger afterwards.
"""

import json
import random
from pathlib import Path

import psutil
import pytest
from integration.clip_maker import H264, ffmpeg, picture, tone
from mutation import mutate
from proxx_process import Daemon, Workplace, wait_until

from proxx_daemon.failures.codes import Code

#: after this share of the files the daemon has used everything that it ever uses
_WARM = 4
#: bytes by which it may be bigger at the end: the allocator's own coming and going
_GROWTH = 12 * 1024 * 1024
#: containers of the matrix with what is in them
_KINDS = {
    "mov": (*H264, "-c:a", "pcm_s16le"),
    "mp4": (*H264, "-c:a", "aac", "-movflags", "+faststart"),
    "mkv": (*H264, "-c:a", "aac"),
    "mxf": ("-c:v", "mpeg2video", "-pix_fmt", "yuv422p", "-c:a", "pcm_s16le", "-ar", "48000"),
    "ts": (*H264, "-c:a", "aac", "-f", "mpegts"),
}


class _Weight:
    """How much memory a daemon has, once it is warm and at the end."""

    def __init__(self, daemon: Daemon) -> None:
        self._process = psutil.Process(daemon.process.pid)
        self._warm: int | None = None

    def note(self, done: int, of: int) -> None:
        """Look at it when it is warm."""
        if self._warm is None and done >= of // _WARM:
            self._warm = self._process.memory_info().rss

    def check(self) -> str:
        """Check that it has not grown since; gives the figures."""
        assert self._warm is not None
        last = self._process.memory_info().rss
        assert last - self._warm < _GROWTH, (self._warm, last)
        return f"{self._warm / 2**20:.1f} MiB when warm, {last / 2**20:.1f} MiB at the end"


@pytest.mark.parametrize("count", [120, pytest.param(1000, marks=pytest.mark.slow)])
def test_a_mutated_spec_never_runs_unnoticed_and_never_harms_the_daemon(
    workplace: Workplace, daemon: Daemon, count: int
) -> None:
    chance = random.Random(2121)  # noqa: S311 - reproducible, not secret
    # An output folder that does not exist: nothing is encoded even by a harmless mutation.
    spec = workplace.spec("proxy_h264_quarter", "bikes.mp4", output_directory="/nonexistent/x")
    content = json.dumps(spec, indent=1).encode()
    names = [f"mutant-{number:04d}.json" for number in range(count)]
    weight = _Weight(daemon)
    known = {str(code) for code in Code} - {str(Code.INTERNAL_ERROR)}
    for name in names:
        workplace.drop(name, mutate(content, chance))
    for done, name in enumerate(names):
        state, result = workplace.wait_filed(name)
        assert state == "failed"
        assert result["failure"]["code"] in known
        assert result["failure"]["class"] == "validation"
        assert result["failure"]["message"]
        assert workplace.places(name) == ["failed"]
        weight.note(done, count)
    assert not daemon.ended()
    assert list(workplace.published()) == []
    print(f"{count} specs: {weight.check()}")


@pytest.mark.parametrize("count", [10, pytest.param(200, marks=pytest.mark.slow)])
def test_a_mutated_clip_ends_in_a_result_and_never_harms_the_daemon(
    workplace: Workplace, daemon: Daemon, count: int
) -> None:
    chance = random.Random(1212)  # noqa: S311 - reproducible, not secret
    whole = [_make(workplace.root / f"whole.{kind}", kind) for kind in _KINDS]
    weight = _Weight(daemon)
    known = {str(code) for code in Code} - {str(Code.INTERNAL_ERROR)}
    ends: dict[str, int] = {}
    for number in range(count):
        original = whole[number % len(whole)]
        mutant = workplace.root / f"mutant-{number:03d}{original.suffix}"
        mutant.write_bytes(_mutant(original.read_bytes(), chance))
        spec = workplace.spec("proxy_h264_quarter")
        name = f"mutant-{number:03d}.json"
        workplace.drop(name, {**spec, "sources": [str(mutant)]})
        state, result = workplace.wait_filed(name, 120)
        code = result["failure"]["code"] if result["failure"] else "COMPLETED"
        ends[code] = ends.get(code, 0) + 1
        assert code in known | {"COMPLETED"}
        assert (code == "COMPLETED") == (state == "completed")
        assert workplace.places(name) == [state]
        weight.note(number, count)
    assert not daemon.ended()
    assert len(list(workplace.published())) == ends.get("COMPLETED", 0)
    wait_until(lambda: not daemon.engines(), "no engine is left")
    print(f"{count} clips: {weight.check()}; {ends}")


def _make(path: Path, kind: str) -> Path:
    """Make a clip of half a second with a tone."""
    ffmpeg(*picture(), *tone(), "-map", "0:v", "-map", "1:a", *_KINDS[kind], path)
    return path


def _mutant(content: bytes, chance: random.Random) -> bytes:
    """Change bytes anywhere, in the header alone, or cut the file off."""
    match chance.randrange(3):
        case 0:
            return mutate(content, chance, most=40)
        case 1:
            head = chance.choice((64, 512, 4096))
            return mutate(content[:head], chance) + content[head:]
        case _:
            return content[: chance.randrange(1, len(content))]
