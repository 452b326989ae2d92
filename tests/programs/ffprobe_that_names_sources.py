"""Stands in for the ffprobe of a later FFmpeg: the real one, but it has names for some pictures.

Arguments: the real ffprobe, then ffprobe's own. A source whose file name holds `@codec.` has
pictures of that codec; every other file is what the real ffprobe says. No FFmpeg of today calls
anything REDCODE or X-OCN; the matrix has rows for the day when one does.
"""

import json
import os
import re
import subprocess
import sys


def main() -> int:
    real, *arguments = sys.argv[1:]
    answer = subprocess.run([real, *arguments], capture_output=True, text=True, check=False)
    text = answer.stdout
    # Proxx gives it the open file.
    path = os.path.realpath(arguments[-1].removeprefix("file:"))
    named = re.search(r"@(\w+)\.[^/]*$", path)
    if named and text.lstrip().startswith("{"):
        document = json.loads(text)
        for stream in document.get("streams", []):
            if stream.get("codec_type") == "video":
                stream["codec_name"] = named[1]
        text = json.dumps(document)
    print(text, end="")
    print(answer.stderr, end="", file=sys.stderr)
    return answer.returncode


if __name__ == "__main__":
    sys.exit(main())
