"""Stands in for the ffprobe of a later FFmpeg: the real one, but it has a name for every picture.

Arguments: the real ffprobe, the codec name that it gives to every picture, then ffprobe's own.
No FFmpeg of today calls anything REDCODE or X-OCN; the matrix has rows for the day when one does.
"""

import json
import subprocess
import sys


def main() -> int:
    real, codec, *arguments = sys.argv[1:]
    answer = subprocess.run([real, *arguments], capture_output=True, text=True, check=False)
    text = answer.stdout
    if text.lstrip().startswith("{"):
        document = json.loads(text)
        for stream in document.get("streams", []):
            if stream.get("codec_type") == "video":
                stream["codec_name"] = codec
        text = json.dumps(document)
    print(text, end="")
    print(answer.stderr, end="", file=sys.stderr)
    return answer.returncode


if __name__ == "__main__":
    sys.exit(main())
