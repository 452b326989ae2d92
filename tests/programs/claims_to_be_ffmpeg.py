"""Stands in for ffmpeg or ffprobe when somebody asks which version it is.

Arguments: the name it goes by, the version it claims, then the question. The version "silent"
says nothing, "broken" exits with 1.
"""

import sys

ENCODERS = """Encoders:
 V..... = Video
 A..... = Audio
 ------
 V....D libx264              libx264 H.264 / AVC
 VFS..D prores_ks            Apple ProRes
 A....D aac                  AAC (Advanced Audio Coding)
"""


def main() -> int:
    name, version, *question = sys.argv[1:]
    if version == "broken":
        return 1
    if version != "silent":
        if "-version" in question:
            print(f"{name} version {version} Copyright (c) 2000-2026 the FFmpeg developers")
        if "-encoders" in question:
            print(ENCODERS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
