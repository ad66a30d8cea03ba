"""Curves for TensorBoard (`tensorboard --logdir runs`), written straight as its event files."""

import time
from pathlib import Path
from types import TracebackType

from striate.records import Epoch

CURVES = {
    "loss/train": "train_loss",
    "loss/validation": "validation_loss",
    "accuracy/validation": "validation_score",
    "rate": "rate",
    "speed/pictures_per_second": "pictures_per_second",
    "speed/loading_share": "loading_share",
}


class Board:
    """Writes one point a curve and epoch into `folder`; a resumed run replaces what it does again; a context."""

    def __init__(self, folder: Path, step: int) -> None:
        from tensorboard.compat.proto.event_pb2 import Event, SessionLog
        from tensorboard.summary.writer.event_file_writer import EventFileWriter

        self.writer = EventFileWriter(str(folder))
        if step:
            start = SessionLog(status=SessionLog.START)
            self.writer.add_event(Event(wall_time=time.time(), step=step + 1, session_log=start))

    def __enter__(self) -> "Board":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.writer.close()

    def epoch(self, row: Epoch) -> None:
        """Write the points of one finished epoch."""
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary

        values = [Summary.Value(tag=tag, simple_value=getattr(row, field)) for tag, field in CURVES.items()]
        self.writer.add_event(Event(wall_time=time.time(), step=row.step, summary=Summary(value=values)))
        self.writer.flush()
