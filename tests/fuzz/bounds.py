"""What a reader may cost: processor time and memory in proportion to its input."""

import resource
import sys
import time
from contextlib import suppress
from typing import Final

from fuzz.target import Target

#: seconds of processor time, for each input and for each of its bytes: a hundred times what
#: readers take under the fuzzer, and a small part of what quadratic work takes
_SECONDS: Final = 2.0
_SECONDS_OF_A_BYTE: Final = 1e-4
#: bytes of memory, likewise
_MEMORY: Final = 64 * 1024 * 1024
_MEMORY_OF_A_BYTE: Final = 512
#: what getrusage counts memory in
_UNIT: Final = 1 if sys.platform == "darwin" else 1024


class OutOfProportionError(Exception):
    """A reader took more time or memory than its input explains."""


def feed(target: Target, data: bytes) -> None:
    """Give an input to a reader; raise what it must not raise, or OutOfProportionError."""
    memory, begin = _peak(), time.process_time()
    with suppress(*target.promised):
        target.read(data)
    seconds, grown = time.process_time() - begin, _peak() - memory
    if seconds > _SECONDS + len(data) * _SECONDS_OF_A_BYTE:
        raise OutOfProportionError(f"{len(data)} bytes took {seconds:.1f} s")
    if grown > _MEMORY + len(data) * _MEMORY_OF_A_BYTE:
        raise OutOfProportionError(f"{len(data)} bytes took {grown:,} bytes of memory")


def _peak() -> int:
    """Return the most memory that this process ever had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT
