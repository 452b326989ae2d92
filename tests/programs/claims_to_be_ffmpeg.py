"""Stands in for ffmpeg or ffprobe when somebody asks which version it is.

Arguments: the name it goes by, the version it claims, then the question. The version "silent"
says nothing, "broken" exits with 1.
"""

import sys

CODECS = """Codecs:
 D..... = Decoding supported
 .E.... = Encoding supported
 ..V... = Video codec
 ...I.. = Intra frame-only codec
 ....L. = Lossy compression
 .....S = Lossless compression
 -------
 DEA.L. aac                  AAC (Advanced Audio Coding) (decoders: aac aac_fixed)
 D.V.L. cmv                  Electronic Arts CMV video (decoders: eacmv)
 .EV..S ffv1                 FFmpeg video codec #1
 DEV.LS h264                 H.264 / AVC (decoders: h264) (encoders: libx264 libx264rgb)
 ..D... klv                  SMPTE 336M Key-Length-Value (KLV) metadata
 D.S... subrip               SubRip subtitle
"""


def main() -> int:
    name, version, *question = sys.argv[1:]
    if version == "broken":
        return 1
    if version != "silent":
        banner = f"{name} version {version} Copyright (c) 2000-2026 the FFmpeg developers"
        if "-version" in question:
            print(banner)
        if "-codecs" in question:
            print(banner, file=sys.stderr)
            print(CODECS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
