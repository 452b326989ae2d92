"""Stands in for MemoryDenyWriteExecute=yes: forbids it to itself, then becomes its arguments.

prctl(2), PR_SET_MDWE: memory that was writable can never be run, in this process and in all its
children. Ends with 77 where the kernel does not know it (before 6.3).
"""

import ctypes
import os
import sys
from typing import Final

_PR_SET_MDWE: Final = 65
_REFUSE_EXEC_GAIN: Final = 1

if ctypes.CDLL(None).prctl(_PR_SET_MDWE, _REFUSE_EXEC_GAIN, 0, 0, 0) != 0:
    sys.exit(77)
os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - that is what it is for
