"""The source capability matrix: which container and codec goes to which engine.

Source: the JobSpec 2.1 specification, "Supported Source Formats" and "Engine Routing for RAW
Formats", and four rows beyond it for what cameras and recorders write. The routing decision over
these tables is `source.routing`.
"""

from typing import Final

from attrs import frozen


@frozen
class Pair:
    """One row of the allowlist: standard media, decoded by FFmpeg."""

    #: our name of the container
    container: str
    #: our name of the codec
    codec: str
    #: why it is there
    note: str
    #: not in the specification, and proven by files of its own
    beyond: bool = False


_ROWS: Final = (
    Pair("mp4", "h264", "universally supported, deterministic decode"),
    Pair("mp4", "hevc", "modern compression, well supported"),
    Pair("mp4", "av1", "open codec; needs an FFmpeg with an AV1 decoder, as the embedded one"),
    Pair("mov", "h264", "QuickTime H.264, standard editorial"),
    Pair("mov", "hevc", "Apple ecosystem standard"),
    Pair("mov", "prores", "intra-frame, editorial standard, all variants"),
    Pair("mov", "dnxhr", "modern Avid codec; MOV is allowed"),
    Pair("mov", "mjpeg", "simple intra-frame"),
    Pair("mkv", "h264", "flexible open container"),
    Pair("mkv", "hevc", "flexible open container"),
    Pair("mkv", "vp9", "flexible open container"),
    Pair("mkv", "av1", "flexible open container"),
    Pair("mxf", "dnxhd", "broadcast standard; MXF only"),
    Pair("mxf", "dnxhr", "modern broadcast"),
    Pair("mxf", "mpeg2video", "broadcast legacy"),
    Pair("mxf", "h264", "Sony XAVC and XDCAM"),
    Pair("webm", "vp9", "open web codec"),
    Pair("webm", "av1", "open web codec"),
    Pair("ts", "mpeg2video", "transport stream broadcast"),
    Pair("avi", "mjpeg", "legacy"),
    Pair("ts", "h264", "AVCHD and XAVC (.mts, .m2ts), recorders", beyond=True),
    Pair("ts", "hevc", "recorders", beyond=True),
    Pair("mxf", "prores", "ARRI, recorders", beyond=True),
    Pair("mxf", "hevc", "Canon XF-HEVC", beyond=True),
)

#: container and codec of every allowed pair, with its row
STANDARD: Final = {(row.container, row.codec): row for row in _ROWS}

#: FFmpeg's software decoders of each codec of the allowlist: one of them has to be there. Its
#: own `av1` only hands the work to graphics hardware and is no software decoder.
DECODERS: Final = {
    "h264": frozenset({"h264"}),
    "hevc": frozenset({"hevc"}),
    "av1": frozenset({"libdav1d", "libaom-av1"}),
    "vp9": frozenset({"vp9", "libvpx-vp9"}),
    "prores": frozenset({"prores"}),
    "dnxhd": frozenset({"dnxhd"}),
    "dnxhr": frozenset({"dnxhd"}),
    "mjpeg": frozenset({"mjpeg"}),
    "mpeg2video": frozenset({"mpeg2video"}),
}

#: file extensions, lower case, of each container of the allowlist
CONTAINER_EXTENSIONS: Final = {
    "mov": ("mov", "qt"),
    "mp4": ("mp4", "m4v"),
    "mkv": ("mkv",),
    "webm": ("webm",),
    "mxf": ("mxf",),
    "ts": ("ts", "mts", "m2ts", "m2t"),
    "avi": ("avi",),
}

#: camera RAW by file extension: FFmpeg cannot be relied on to recognise any of them
RAW_EXTENSIONS: Final = {
    "ari": "ARRIRAW",
    "arx": "ARRIRAW",
    "r3d": "REDCODE",
    "braw": "Blackmagic RAW",
    "crm": "Canon Cinema RAW Light",
    "nev": "Nikon N-RAW",
    "dng": "CinemaDNG",
    "vrw": "Panasonic V-RAW",
}

#: camera RAW by ffprobe's codec name
RAW_CODECS: Final = {
    "arriraw": "ARRIRAW",
    "r3d": "REDCODE",
    "redcode": "REDCODE",
    "braw": "Blackmagic RAW",
    "prores_raw": "ProRes RAW",
    "craw": "Canon Cinema RAW Light",
    "xocn": "Sony X-OCN",
    "dng": "CinemaDNG",
}

#: camera RAW by four-character code, lower case
RAW_TAGS: Final = {
    "aprn": "ProRes RAW",
    "aprh": "ProRes RAW HQ",
    "craw": "Canon Cinema RAW Light",
    "brvn": "Blackmagic RAW",
    "brst": "Blackmagic RAW",
    "brv8": "Blackmagic RAW",
    "r3d1": "REDCODE",
    "r3d2": "REDCODE",
}

#: ffprobe's names for a codec that it does not know
UNKNOWN_CODECS: Final = frozenset({"", "unknown", "none"})

#: four-character codes of the spatial audio that phones record beside a plain track: Apple
#: Positional Audio Codec. FFmpeg's codec of the name `apac` is another one.
SPATIAL_AUDIO_TAGS: Final = frozenset({"apac"})

#: FFmpeg's demuxer for each container of the allowlist; the engine must use this one
DEMUXERS: Final = {
    "mov": "mov",
    "mp4": "mov",
    "mkv": "matroska",
    "webm": "matroska",
    "mxf": "mxf",
    "ts": "mpegts",
    "avi": "avi",
}
