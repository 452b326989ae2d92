"""Drives the state table of one job: journal first, then the state.

`transitions` cannot bind to a slotted attrs class, so the model is a small plain object. One
machine serves every job; building it is the expensive part. A lifecycle has one owner at a time and
is used by that thread alone.
"""

from collections.abc import Callable
from functools import cache
from typing import Final

from transitions import EventData, Machine, MachineError

from proxx_daemon.failures.errors import ProxxError
from proxx_daemon.job.progress import StateEntered
from proxx_daemon.job.states import EDGES, JobState
from proxx_daemon.result.result import Transition

_TRIGGER: Final = "enter_"


class IllegalTransitionError(ProxxError):
    """The table has no such edge: a defect of Proxx."""


class JobLifecycle:
    """The state of one job and the states before it."""

    def __init__(self, journal: Callable[[StateEntered], None]) -> None:
        """Start in PENDING; `journal` notes a state and may raise to forbid it."""
        self._journal = journal
        self._history: list[Transition] = []
        #: set by the machine, which is handed the model with every event and keeps none
        self.state: str = JobState.PENDING.value

    @property
    def history(self) -> tuple[Transition, ...]:
        """Every state that was entered, in order."""
        return tuple(self._history)

    def enter(self, entered: StateEntered) -> None:
        """Enter a state.

        Raise IllegalTransitionError for an edge that the table does not have, and whatever the
        journal raises; the state is then the old one.
        """
        try:
            _machine().events[_TRIGGER + entered.state].trigger(self, entered)
        except MachineError as error:
            raise IllegalTransitionError(str(error)) from error

    def enter_unwritten(self, entered: StateEntered) -> None:
        """Enter a state that the journal cannot take, or no longer needs."""
        self._journal = _unwritten
        self.enter(entered)

    def note(self, event: EventData) -> None:
        """Note a state before it is entered; called by the machine."""
        (entered,) = event.args
        self._journal(entered)
        self._history.append(Transition(state=entered.state, at=entered.at))


def _unwritten(entered: StateEntered) -> None:
    """Write nothing."""


@cache
def _machine() -> Machine:
    return Machine(
        model=None,
        states=[state.value for state in JobState],
        transitions=[
            [_TRIGGER + each.target, each.source.value, each.target.value] for each in EDGES
        ],
        initial=JobState.PENDING.value,
        auto_transitions=False,
        send_event=True,
        before_state_change="note",
    )
