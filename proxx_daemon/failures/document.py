"""Failures as JSON: the same in results and in what the commands answer with `--json`."""

from typing import Any

from proxx_daemon.failures.errors import Failure


def failure_document(failure: Failure) -> dict[str, Any]:
    """Give one failure as the result JSON has it."""
    return {
        "class": str(failure.failure_class),
        "code": str(failure.code),
        "message": failure.message,
        "action": failure.action,
        "errors": [
            {
                "code": str(problem.code),
                "path": problem.path,
                "message": problem.message,
                "found": problem.found,
                "allowed": problem.allowed,
                "action": problem.advice(),
            }
            for problem in failure.errors
        ],
    }
