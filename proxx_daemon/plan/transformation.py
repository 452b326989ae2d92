"""The fingerprint of a transformation: which source becomes which proxy, and nothing else.

Two jobs that make the same proxy of the same material have the same fingerprint. Names, times,
people and hosts do not matter. docs/reference/fingerprints.md explains every field.
"""

import hashlib
import json
from fractions import Fraction

from proxx_daemon.jobspec import frame_rate
from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.source.fingerprint import SOURCE_METHOD, TRANSFORMATION_METHOD
from proxx_daemon.source.media import Source


def fingerprint(source: Source, profile: CanonicalProfile, fps_explicit: Fraction | None) -> str:
    """Return the transformation's fingerprint as lower-case hex."""
    conformed = fps_explicit
    if source.constant_rate and fps_explicit == source.rate:
        # An explicit rate that the source has already changes no byte.
        conformed = None
    fields = {
        "method": TRANSFORMATION_METHOD,
        "source": {"method": SOURCE_METHOD, "value": source.fingerprint},
        "profile": profile.fingerprint,
        "conformed_rate": None if conformed is None else frame_rate.fraction_text(conformed),
    }
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
