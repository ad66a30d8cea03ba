"""The table of faces. A new task is one module beside this one, its part of the report, and one line here."""

from striate.kinds import TaskName
from striate.report.faces import classification, detection, multilabel, regression, segmentation, transcription
from striate.report.faces.face import Face

FACES: dict[TaskName, Face] = {
    "classification": classification,
    "detection": detection,
    "multilabel": multilabel,
    "regression": regression,
    "segmentation": segmentation,
    "transcription": transcription,
}
