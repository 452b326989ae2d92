import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest

from proxx_daemon.profiles import reading
from proxx_daemon.profiles.profile import CanonicalProfile

FOLDER = Path(__file__).parents[3] / "profiles" / "canonical"
FILE = "proxy_h264_low.toml"
DOCUMENT = tomllib.loads((FOLDER / FILE).read_text("utf-8"))


def read(path: str = "", value: Any = None, name: str = FILE) -> CanonicalProfile:
    """Read the profile with one value changed; `...` takes the value away."""
    document = copy.deepcopy(DOCUMENT)
    *tables, key = path.split(".")
    table = document
    for each in tables:
        table = table[each]
    if value is ...:
        del table[key]
    elif key:
        table[key] = value
    return reading.read(document, file_name=name)


def test_a_profile_file_is_read_whole() -> None:
    profile = read()
    assert profile.name == "proxy_h264_low"
    assert profile.ffmpeg is not None
    assert profile.ffmpeg.arguments[:2] == ("-preset", "veryfast")
    assert profile.fingerprint == reading.fingerprint(DOCUMENT)


@pytest.mark.parametrize("path", ["name", "codec", "scaling", "audio", "expected", "scaling.flags"])
def test_a_profile_that_lacks_something_is_refused_by_its_file_s_name(path: str) -> None:
    with pytest.raises(ValueError, match=FILE):
        read(path, ...)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("codec", "xvid"),
        ("container", "avi"),
        ("engine", "handbrake"),
        ("audio.policy", "opus"),
        ("intra_frame_only", 1),
        ("intra_frame_only", "yes"),
        ("scaling.divisor", 2.0),
        ("scaling.divisor", True),
        ("scaling.divisor", "2"),
        ("notes", 5),
        ("ffmpeg.threads", 4.0),
        ("ffmpeg.arguments", "-an"),
        ("ffmpeg.arguments", ["-crf", 23]),
        ("extra", 1),
        ("ffmpeg.preset", "slow"),
        ("fingerprint", 5),
    ],
)
def test_a_value_of_another_kind_is_refused_and_never_converted(path: str, value: object) -> None:
    if path == "fingerprint":
        # The file cannot claim a fingerprint of its own: it is worked out.
        assert read("fingerprint", "0" * 64).fingerprint != "0" * 64
        return
    with pytest.raises(ValueError, match=FILE):
        read(path, value)


def test_a_profile_lies_in_the_file_of_its_name() -> None:
    with pytest.raises(ValueError, match="holds the profile proxy_h264_low"):
        read(name="other.toml")


def test_an_ffmpeg_profile_has_a_recipe_and_no_preset() -> None:
    with pytest.raises(ValueError, match="ffmpeg"):
        read("ffmpeg", ...)
    with pytest.raises(ValueError, match="resolve_preset"):
        read("resolve_preset", "ProRes LT")


@pytest.mark.parametrize(("resolution", "divisor"), [("same", 2), ("full", 1), ("half", 4)])
def test_resolution_and_divisor_belong_together(resolution: str, divisor: int) -> None:
    document = copy.deepcopy(DOCUMENT)
    document["resolution"] = resolution
    document["scaling"]["divisor"] = divisor
    with pytest.raises(ValueError, match="contradict"):
        reading.read(document, file_name=FILE)


def test_the_fingerprint_follows_the_content_and_not_its_order() -> None:
    turned = dict(reversed(DOCUMENT.items()))
    assert reading.fingerprint(turned) == reading.fingerprint(DOCUMENT)
    assert read("notes", "other").fingerprint != read().fingerprint
    assert read("ffmpeg.threads", 8).fingerprint != read().fingerprint
    assert reading.fingerprint({"b": 1, "a": "é"}) == (
        # printf '{"a":"é","b":1}' | sha256sum
        "aa58fba8483623bed37c1b02edfccbdd9a53123837c20bfa4cb4049993a2872e"
    )
