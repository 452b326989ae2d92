"""Stands in for the scripting module of DaVinci Resolve Studio, as its scripting README has it.

Found by Proxx through RESOLVE_SCRIPT_API, like the real one. It knows the documented calls
that Proxx makes and no others, refuses them in the wrong order or with unknown keys, and renders
real files with FFmpeg. RESOLVE_SIMULATOR names the folder with what a test tells it; see
`simulated_place`.
"""

import json
from typing import Any

from simulated_place import ApiObject, Place
from simulated_project import Project


class ProjectManager(ApiObject):
    kind = "ProjectManager"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.loaded: Project | None = None

    def GetCurrentProject(self) -> Project | None:
        current = self.place.database()["current"]
        if current is None:
            return None
        if self.loaded is None or self.loaded.name != current:
            self.loaded = Project(self.place, current)
        return self.loaded

    def CreateProject(self, name: str) -> Project | None:
        database = self.place.database()
        if name in database["projects"]:
            return None
        self.place.store({"projects": [*database["projects"], name], "current": name})
        return self.GetCurrentProject()

    def CloseProject(self, project: Project) -> bool:
        database = self.place.database()
        if project.name != database["current"] or project.IsRenderingInProgress():
            return self.refuse(f"CloseProject of {project.name}, not open or rendering")
        self.place.store({**database, "current": None})
        return True

    def DeleteProject(self, name: str) -> bool:
        database = self.place.database()
        if name not in database["projects"] or name == database["current"]:
            return self.refuse(f"DeleteProject({name!r}), which is not there or open")
        database["projects"].remove(name)
        self.place.store(database)
        return True

    def GotoRootFolder(self) -> bool:
        return True

    def GetProjectListInCurrentFolder(self) -> list[str]:
        return list(self.place.database()["projects"])


class Resolve(ApiObject):
    kind = "Resolve"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.manager = ProjectManager(place)

    def GetProductName(self) -> str:
        return str(self.place.settings.get("product", "DaVinci Resolve Studio"))

    def GetVersionString(self) -> str:
        return str(self.place.settings.get("version", "20.1.0.0.simulated"))

    def GetProjectManager(self) -> ProjectManager:
        return self.manager


def scriptapp(name: str) -> Any:
    place = Place()
    instead = place.called("scriptapp")
    if instead is not None:
        return instead.value
    if name != "Resolve":
        place.violation(f"scriptapp({json.dumps(name)})")
        return None
    return Resolve(place)
