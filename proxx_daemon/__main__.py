"""`python -m proxx_daemon` is the command `proxx`."""

from proxx_daemon.cli.main import entry

if __name__ == "__main__":
    entry()
