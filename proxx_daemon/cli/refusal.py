"""How a command says that no JobSpec can come of it."""

from collections.abc import Iterator

from proxx_daemon.failures.errors import Failure


def lines(reason: Failure) -> Iterator[str]:
    """Give the message with its code, every single problem where there are more, and the action."""
    yield f"{reason.message}  [{reason.code}]"
    for problem in reason.errors:
        yield f"  {problem.message}" + (
            "" if problem.code is reason.code else f"  [{problem.code}]"
        )
        if problem.found is not None:
            yield f"    found:   {problem.found}"
        if problem.allowed is not None:
            yield f"    allowed: {problem.allowed}"
    yield f"  do: {reason.action}"
