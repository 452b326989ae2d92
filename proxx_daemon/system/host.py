"""Which machine this is."""

import socket


def host_name() -> str:
    """Return the name of this machine."""
    return socket.gethostname()
