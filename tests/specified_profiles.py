"""The ten canonical profiles of the specification, whatever other profiles ship beside them.

Tests that count or list profiles use these, so that a new profile turns none of them red.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.profiles.profile import CanonicalProfile

#: in the order of the catalogue: FFmpeg's first, each engine's by name
NAMES: Final = (
    "proxy_dnxhr_lb",
    "proxy_h264_low",
    "proxy_h264_quarter",
    "proxy_prores_lt",
    "proxy_prores_proxy",
    "proxy_dnxhr_lb_resolve",
    "proxy_dnxhr_sq_resolve",
    "proxy_prores_hq_resolve",
    "proxy_prores_lt_resolve",
    "proxy_prores_proxy_resolve",
)


def specified() -> Mapping[str, CanonicalProfile]:
    """Return the ten as they ship."""
    return MappingProxyType({name: profiles()[name] for name in NAMES})
