"""What can be learned, and from what: the tasks and the kinds of content, by their names everywhere."""

from typing import Literal

TaskName = Literal["classification", "multilabel", "regression", "segmentation", "detection", "transcription"]
Modality = Literal["image", "audio", "text", "signal", "clip"]
