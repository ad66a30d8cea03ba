"""The table of tasks. A new task is one file beside this one, and one line here."""

from striate.kinds import TaskName
from striate.tasks import classification, multilabel, regression, segmentation, transcription
from striate.tasks.task import Task

TASKS: dict[TaskName, Task] = {
    "classification": classification,
    "multilabel": multilabel,
    "regression": regression,
    "segmentation": segmentation,
    "transcription": transcription,
}
