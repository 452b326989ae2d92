"""What is compared: for each FFmpeg profile its own setting and the obvious alternatives."""

from fractions import Fraction
from typing import Final

from attrs import frozen

#: frames of every source that intra-only codecs are measured on: each of them stands alone
INTRA_FRAMES: Final = 20
_KS: Final = ("-vendor", "apl0")
#: published rates fall per macroblock as frames grow; a fixed figure is right for one size
_ONE_SIZE: Final = "right for one frame size only"


@frozen(kw_only=True)
class Candidate:
    """One encoder with its settings."""

    #: short name in tables
    name: str
    #: FFmpeg's name of the encoder
    encoder: str
    #: its arguments, as a profile's TOML has them
    arguments: tuple[str, ...]
    #: why no profile may choose it, whatever it costs: it is there to compare with; empty if none
    barred: str = ""


@frozen(kw_only=True)
class Contest:
    """The candidates for one or more profiles that have the same encoder settings."""

    #: the canonical profiles, the one that is measured first
    profiles: tuple[str, ...]
    #: what to choose from; the first is what the others are compared with
    candidates: tuple[Candidate, ...]
    #: published data rate in Mb/s at 1920x1080, by frames per second; empty where there is none
    targets: dict[Fraction, float]
    #: frames measured; None for all
    frames: int | None
    #: whether random access is measured
    seeks: bool


def _search(name: str, kind: str, *more: str, barred: str = "") -> Candidate:
    arguments = ("-profile:v", kind, *more, *_KS)
    return Candidate(name=name, encoder="prores_ks", arguments=arguments, barred=barred)


def _fixed(kind: str, quantiser: int) -> Candidate:
    return _search(f"prores_ks, quantiser {quantiser}", kind, "-qscale:v", str(quantiser))


def _wasserman(number: str) -> Candidate:
    return Candidate(
        name="prores_aw",
        encoder="prores_aw",
        arguments=("-profile:v", number, "-vendor", "apl0"),
    )


def _x264(
    name: str, preset: str, group: int, *, tune: bool = True, between: int = 0, barred: str = ""
) -> Candidate:
    return Candidate(
        name=name,
        encoder="libx264",
        arguments=(
            *("-preset", preset),
            *(("-tune", "fastdecode") if tune else ()),
            *("-crf", "23", "-g", str(group), "-keyint_min", str(min(group, 12))),
            *("-sc_threshold", "0", "-bf", str(between), "-profile:v", "high"),
            *("-x264-params", "cpu-independent=1"),
        ),
        barred=barred,
    )


def _dnxhr(name: str, *more: str) -> Candidate:
    return Candidate(name=name, encoder="dnxhd", arguments=("-profile:v", "dnxhr_lb", *more))


#: NTSC rates count as the whole rate above them, as in Apple's white paper
_RATES: Final = (Fraction(25), Fraction(30000, 1001))
_PROXY: Final = Contest(
    profiles=("proxy_prores_proxy",),
    candidates=(
        _search("prores_ks, search", "proxy"),
        _search("search, 200 bits a macroblock", "proxy", "-bits_per_mb", "200", barred=_ONE_SIZE),
        _search("search, slices of 4", "proxy", "-mbs_per_slice", "4"),
        _search("search, matrix of LT", "proxy", "-quant_mat", "lt"),
        _fixed("proxy", 4),
        _fixed("proxy", 8),
        _fixed("proxy", 12),
        _fixed("proxy", 20),
        _wasserman("0"),
    ),
    targets=dict(zip(_RATES, (38.0, 45.0), strict=True)),
    frames=INTRA_FRAMES,
    seeks=False,
)
_LT: Final = Contest(
    profiles=("proxy_prores_lt",),
    candidates=(
        _search("prores_ks, search", "lt"),
        _search("search, 450 bits a macroblock", "lt", "-bits_per_mb", "450", barred=_ONE_SIZE),
        _search("search, matrix of Standard", "lt", "-quant_mat", "standard"),
        _search("search, matrix of Proxy", "lt", "-quant_mat", "proxy"),
        _fixed("lt", 4),
        _fixed("lt", 8),
        _fixed("lt", 14),
        _wasserman("1"),
    ),
    targets=dict(zip(_RATES, (85.0, 102.0), strict=True)),
    frames=INTRA_FRAMES,
    seeks=False,
)
_DNXHR: Final = Contest(
    profiles=("proxy_dnxhr_lb",),
    candidates=(
        _dnxhr("dnxhd"),
        _dnxhr("exact integer transform", "-dct", "int"),
        _dnxhr("fast integer transform", "-dct", "fastint"),
    ),
    targets={},
    frames=INTRA_FRAMES,
    seeks=False,
)
_H264: Final = Contest(
    profiles=("proxy_h264_low", "proxy_h264_quarter"),
    candidates=(
        _x264("veryfast, group of 8", "veryfast", 8),
        _x264("veryfast, group of 12", "veryfast", 12),
        _x264("veryfast, group of 6", "veryfast", 6),
        _x264("superfast, group of 8", "superfast", 8),
        _x264("faster, group of 8", "faster", 8),
        _x264("medium, group of 8", "medium", 8),
        _x264("group of 8, no fastdecode", "veryfast", 8, tune=False),
        _x264("group of 8, 2 B-frames", "veryfast", 8, between=2),
        _x264("group of 250", "veryfast", 250),
        _x264("all intra", "veryfast", 1, barred="not long GOP"),
    ),
    targets={},
    frames=None,
    seeks=True,
)
CONTESTS: Final = (_PROXY, _LT, _DNXHR, _H264)
