"""The curves are what TensorBoard itself reads, also after a resume."""

from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from striate.records import Epoch
from striate.train.tensorboard import CURVES, Board


def row(number: int, accuracy: float) -> Epoch:
    return Epoch(
        epoch=number,
        step=10 * number,
        seconds=1.0 * number,
        train_loss=1.0 / number,
        validation_loss=0.5,
        validation_score=accuracy,
        rate=0.1,
        pictures_per_second=100.0,
    )


def test_a_resumed_run_replaces_what_it_does_again(tmp_path: Path) -> None:
    with Board(tmp_path, 0) as board:
        board.epoch(row(1, 0.5))
        board.epoch(row(2, 0.6))
    with Board(tmp_path, 10) as board:  # killed after epoch 2, but the checkpoint was of epoch 1
        board.epoch(row(2, 0.75))
        board.epoch(row(3, 0.8))
    events = EventAccumulator(str(tmp_path)).Reload()
    assert set(events.Tags()["scalars"]) == set(CURVES)
    points = [(point.step, point.value) for point in events.Scalars("accuracy/validation")]
    assert [step for step, _ in points] == [10, 20, 30]
    assert points[1][1] == 0.75
