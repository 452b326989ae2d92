"""What the values of settings may be, wherever they come from."""

from typing import Final

#: seconds; no wait and no limit below this makes sense, nor above
SHORTEST_SECONDS: Final = 0.05
LONGEST_SECONDS: Final = 7 * 86400.0
MOST_WORKERS: Final = 64
#: the highest that systems know
MOST_NICENESS: Final = 19
#: how far engines give way where nobody says otherwise
NICENESS: Final = 10
LOG_LEVELS: Final = ("debug", "info", "warning", "error")
