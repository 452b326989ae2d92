"""Frame sizes of proxies."""

from proxx_daemon.profiles.profile import ScalingRule
from proxx_daemon.source.media import VideoStream


def nearest_even(value: int, divisor: int) -> int:
    """Divide a size in pixels and round to the nearest even number, ties upwards, at least 2.

    Subsampled chroma needs even sizes: x264 refuses odd ones, ProRes in FFmpeg silently drops
    a line. 1998 / 2 = 999 becomes 1000.
    """
    return max(2, 2 * ((value + divisor) // (2 * divisor)))


def proxy_size(footage: VideoStream, rule: ScalingRule) -> tuple[int, int]:
    """Width and height of the proxy in pixels: the upright source, divided, made even."""
    width, height = footage.upright_size()
    return nearest_even(width, rule.divisor), nearest_even(height, rule.divisor)
