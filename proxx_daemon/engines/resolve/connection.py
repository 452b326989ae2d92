"""A session's first steps: connect to Resolve, identify it, and remove our leftovers.

Runs in the session's process only.
"""

import importlib
import os
import sys
import time
from typing import Any, Final

import psutil
from attrs import define, field

from proxx_daemon.engines.resolve.api import Api, RefusedError
from proxx_daemon.failures.codes import Code
from proxx_daemon.plan.resolve import STUDIO, UNTITLED
from proxx_daemon.plan.resolve_session import ResolveInstallation, Step

_MODULE: Final = "DaVinciResolveScript"
#: what Resolve's process is called on Linux and macOS, lower case
_PROCESS: Final = "resolve"
#: seconds between two looks whether a render that was stopped has ended
_STOP_SECONDS: Final = 0.2


@define
class Connection:
    """A connection to Resolve; it never changes a user's project."""

    api: Api
    #: how the names of our projects on this machine begin
    prefix: str
    #: Resolve's own objects
    resolve: Any = field(init=False, default=None)
    manager: Any = field(init=False, default=None)
    product: str = field(init=False, default="")
    version: str = field(init=False, default="")

    def connect(self, installation: ResolveInstallation) -> None:
        """Load the scripting module and connect.

        Raise RefusedError with the code of the cause, if that is known.
        """
        self.api.begin(Step.CONNECT)
        # What the module itself reads to find its library.
        os.environ["RESOLVE_SCRIPT_LIB"] = installation.script_library
        sys.path.insert(0, installation.modules)
        try:
            module = importlib.import_module(_MODULE)
        except Exception as error:
            raise RefusedError(
                Code.RESOLVE_MODULE_UNUSABLE,
                f"{installation.modules}/{_MODULE}.py cannot be loaded by Python "
                f"{sys.version_info.major}.{sys.version_info.minor}: "
                f"{type(error).__name__}: {error}.",
            ) from error
        self.resolve = self.api.call(module, _MODULE, "scriptapp", "Resolve")
        if self.resolve is None:
            raise _unconnected()
        self.api.end()

    def ask(self) -> None:
        """Ask for product, version and project manager; refuse the free edition."""
        self.api.begin(Step.LIVENESS)
        self.product = str(self.api.need(self.resolve, "resolve", "GetProductName"))
        self.version = str(self.api.need(self.resolve, "resolve", "GetVersionString"))
        if STUDIO not in self.product:
            raise RefusedError(
                Code.RESOLVE_FREE_EDITION,
                f"The running Resolve calls itself '{self.product}' {self.version}, not Studio.",
            )
        self.manager = self.api.need(self.resolve, "resolve", "GetProjectManager")
        self.api.end()

    def current(self) -> tuple[Any, str]:
        """Return the open project and its name; None and an empty name without one."""
        project = self.api.call(self.manager, "projectManager", "GetCurrentProject")
        if not project:
            return None, ""
        return project, str(self.api.call(project, "project", "GetName") or "")

    def refuse_users_project(self) -> None:
        """Raise RefusedError when the open project is one that a user works in.

        A new project closes the open one; what nobody has saved in it would be lost.
        """
        project, name = self.current()
        if project is None or name.startswith(self.prefix):
            return
        if name == UNTITLED:
            pool = self.api.need(project, "project", "GetMediaPool")
            root = self.api.need(pool, "mediaPool", "GetRootFolder")
            clips = self.api.call(root, "folder", "GetClipList")
            if not clips and not self.api.call(project, "project", "GetTimelineCount"):
                return
        raise RefusedError(
            Code.RESOLVE_IN_USE, f"The project '{name}' is open in Resolve on this machine."
        )

    def presets(self) -> list[str] | None:
        """List the render presets; None when no project is open that could be asked."""
        project, _ = self.current()
        if project is None:
            return None
        return preset_names(self.api.call(project, "project", "GetRenderPresetList"))

    def sweep(self) -> None:
        """Remove what earlier sessions of this machine left in Resolve, and only that."""
        self.api.begin(Step.SWEEP)
        project, name = self.current()
        if project is not None and name.startswith(self.prefix):
            self.stop_rendering(project)
            self.api.call(project, "project", "DeleteAllRenderJobs")
            self.api.need(self.manager, "projectManager", "CloseProject", project)
        self.api.call(self.manager, "projectManager", "GotoRootFolder")
        listed = self.api.call(self.manager, "projectManager", "GetProjectListInCurrentFolder")
        for left in [str(each) for each in listed or ()]:
            if left.startswith(self.prefix):
                self.api.need(self.manager, "projectManager", "DeleteProject", left)
        self.api.end()

    def stop_rendering(self, project: Any) -> None:
        """Stop a render of our own project; the parent process limits the time."""
        if not self.api.call(project, "project", "IsRenderingInProgress"):
            return
        self.api.call(project, "project", "StopRendering")
        while self.api.poll(project, "project", "IsRenderingInProgress"):
            time.sleep(_STOP_SECONDS)


def preset_names(listed: Any) -> list[str]:
    """Return the names in the answer of GetRenderPresetList."""
    return [str(name) for name in listed or ()]


def _unconnected() -> RefusedError:
    """Return why there is no connection: the module itself only answers None."""
    names = (process.info["name"] or "" for process in psutil.process_iter(["name"]))
    if any(name.lower() == _PROCESS for name in names):
        return RefusedError(
            Code.RESOLVE_SCRIPTING_OFF,
            "Resolve is running on this machine and refuses scripts from outside: its "
            "preference for external scripting is off, or it is the free edition.",
        )
    return RefusedError(Code.RESOLVE_NOT_RUNNING, "DaVinci Resolve is not running on this machine.")
