"""The table of faces. A new task is one module beside this one, its part of the report, and one line here."""

from striate.kinds import TaskName
from striate.report.faces import classification
from striate.report.faces.face import Face

FACES: dict[TaskName, Face] = {"classification": classification}
