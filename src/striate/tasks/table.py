"""The table of tasks. A new task is one file beside this one, and one line here."""

from striate.kinds import TaskName
from striate.tasks import classification, detection, multilabel, regression, segmentation, transcription
from striate.tasks.task import Task

TASKS: dict[TaskName, Task] = {
    "classification": classification,
    "detection": detection,
    "multilabel": multilabel,
    "regression": regression,
    "segmentation": segmentation,
    "transcription": transcription,
}
