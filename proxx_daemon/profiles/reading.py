"""Read one canonical profile from its parsed TOML file."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from attrs import asdict
from cattrs import Converter

from proxx_daemon.jobspec.jobspec import Codec, Container, EngineKind
from proxx_daemon.profiles.profile import AudioPolicy, CanonicalProfile
from proxx_daemon.profiles.relink_rules import VOCABULARY


def _exact(value: object, kind: type) -> object:
    """Return a value of exactly the declared type: TOML has one for each."""
    if type(value) is not kind:
        raise TypeError(f"{value!r} is not a {kind.__name__}")
    return value


def _converter() -> Converter:
    converter = Converter(forbid_extra_keys=True, detailed_validation=False)
    for primitive in (str, int, bool, float):
        converter.register_structure_hook(primitive, _exact)
    for enum in (EngineKind, Codec, Container, AudioPolicy):
        converter.register_structure_hook(enum, lambda value, kind: kind(value))
    converter.register_structure_hook_func(lambda kind: kind == tuple[str, ...], _texts)
    return converter


def _texts(value: object, _: object) -> tuple[str, ...]:
    """Return an array of strings; cattrs would split a single string into its letters."""
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is not an array")
    return tuple(str(_exact(item, str)) for item in value)


_CONVERTER: Final = _converter()
#: what each resolution divides by
_DIVISORS: Final = {"same": 1, "half": 2, "quarter": 4}
#: the relink rule that belongs to each resolution
_SIZES: Final = {"same": "even", "half": "half_even", "quarter": "quarter_even"}


def read(document: Mapping[str, Any], *, file_name: str) -> CanonicalProfile:
    """Return the profile.

    Raise ValueError if the document is not exactly a profile, if its file has another name, or if
    engine and recipe, or resolution and divisor, contradict each other.
    """
    try:
        absent = {"resolve_preset": None, "ffmpeg": None}
        values = absent | dict(document) | {"fingerprint": fingerprint(document)}
        profile = _CONVERTER.structure(values, CanonicalProfile)
    except Exception as error:
        raise ValueError(f"{file_name} is not a canonical profile: {error!r}") from error
    if file_name != f"{profile.name}.toml":
        raise ValueError(f"{file_name} holds the profile {profile.name}")
    if (profile.ffmpeg is not None) != (profile.engine is EngineKind.FFMPEG):
        raise ValueError(f"{file_name}: an [ffmpeg] table belongs to FFmpeg profiles")
    if (profile.resolve_preset is not None) != (profile.engine is EngineKind.RESOLVE):
        raise ValueError(f"{file_name}: resolve_preset belongs to Resolve profiles")
    if _DIVISORS.get(profile.resolution) != profile.scaling.divisor:
        raise ValueError(f"{file_name}: resolution and scaling.divisor contradict each other")
    faults = _relink_faults(profile)
    if faults:
        raise ValueError(f"{file_name}: {'; '.join(faults)}")
    return profile


def _relink_faults(profile: CanonicalProfile) -> list[str]:
    """Return what is wrong with the words: unknown ones, and contradictions in the profile."""
    words = asdict(profile.relink)
    faults = [
        f"relink.{item} cannot be {word!r}"
        for item, word in words.items()
        if word not in VOCABULARY[item]
    ]
    if profile.engine is EngineKind.RESOLVE:
        return faults
    encoded_rate = profile.audio.sample_rate
    wanted = {
        "size": _SIZES[profile.resolution],
        "audio_rate": "kept" if encoded_rate is None else str(encoded_rate),
        "reel": "no_place" if profile.container == "mp4" else "kept",
        "variable_rate": "refused" if profile.container == "mxf" else "kept",
    }
    return faults + [
        f"relink.{item} is {words[item]!r}, but the rest of the profile says {word!r}"
        for item, word in wanted.items()
        if words[item] != word
    ]


def fingerprint(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a profile's canonical form: JSON, sorted keys, no spaces, UTF-8."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
