"""One proxy against its source: decode both, and say everything that is not as it was."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from attrs import frozen
from corpus import comparing
from corpus.comparing import Deviation, PictureComparison
from corpus.decoding import CannotDecode, Facts, Pictures, Programs, facts, sound

#: seconds by which the clock of a proxy may round
_PROXY_TICK: Final = 0.001


@frozen(kw_only=True)
class Compared:
    """What a comparison found."""

    deviations: tuple[Deviation, ...]
    #: whether FFmpeg decoded the source without a complaint
    plays: bool = True
    #: frames of the proxy
    frames: int = 0
    #: dB of the worst picture
    psnr: float | None = None
    #: milliseconds by which the sound is later than it was, of the worst track
    sync_ms: float | None = None


def compare(programs: Programs, source: Path, proxy: Path) -> Compared:
    """Decode and compare; raise CannotDecode if the source has no picture."""
    wanted = facts(programs, source)
    try:
        found = facts(programs, proxy)
    except CannotDecode as error:
        broken = Deviation(what="frames", seen=f"the proxy cannot be decoded: {error}")
        return Compared(deviations=(broken,))
    pictures = PictureComparison()
    with (
        Pictures(programs, source, wanted.picture) as before,
        Pictures(programs, proxy, found.picture) as after,
    ):
        pictures.compare(iter(before), iter(after))
    starts = (before.times[:1] or [0.0])[0], (after.times[:1] or [0.0])[0]
    heard, late = _sound(programs, (source, wanted), (proxy, found), starts)
    deviations = (
        *pictures.deviations(),
        *comparing.times(before.times, after.times, wanted.tick + max(found.tick, _PROXY_TICK)),
        *heard,
        *comparing.tags(wanted, found),
    )
    return Compared(
        deviations=deviations,
        plays=not before.complaint,
        frames=pictures.counts[1],
        psnr=round(min(pictures.psnr), 1) if pictures.psnr else None,
        sync_ms=None if late is None else round(late * 1000, 2),
    )


def _sound(
    programs: Programs,
    source: tuple[Path, Facts],
    proxy: tuple[Path, Facts],
    starts: tuple[float, float],
) -> tuple[tuple[Deviation, ...], float | None]:
    """Return what is wrong with the sound, and the seconds by which the worst track is late."""
    wanted = [sound(programs, source[0], stream) for stream in source[1].tracks]
    found = [sound(programs, proxy[0], stream) for stream in proxy[1].tracks]
    offsets = [
        each
        for one, other in zip(wanted, found, strict=False)
        if (each := comparing.offset(one, other, starts)) is not None
    ]
    late = max(offsets, key=abs, default=None)
    return (*comparing.tracks(wanted, found), *_sync(late)), late


def _sync(late: float | None) -> Iterator[Deviation]:
    if late is not None and abs(late) > comparing.SYNC:
        yield Deviation(what="sync", seen=f"the sound is {late * 1000:+.1f} ms late")
