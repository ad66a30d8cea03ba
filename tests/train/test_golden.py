"""The loss curve of a short training, kept as text: a change that should not matter must leave it as it is.

When a change is meant to matter, `python tests/train/test_golden.py` writes the curve anew; say why in the commit.
"""

import tempfile
from pathlib import Path

import pytest
import torch

from striate.data.xo_set import xo_catalogue
from striate.models.network import build
from striate.train.job import prepare
from striate.train.loop import fit

CURVE = Path(__file__).parent / "golden" / "xo-muon.txt"


def draw(folder: Path) -> list[float]:
    """Training loss of four epochs on 400 X's and O's."""
    torch.set_num_threads(1)
    catalogue = xo_catalogue(400, 100, 10, size=16, seed=0)
    job = prepare(catalogue, architecture="xo", settings={"epochs": 4}, seed=0, minutes=None, target=None)
    state = fit(build(job.plan, job.spec, seed=0), job, folder=folder)
    return [row.train_loss for row in state.course.history]


def test_the_curve_is_the_golden_one(tmp_path: Path) -> None:
    golden = [float(line) for line in CURVE.read_text().splitlines()]
    assert draw(tmp_path) == pytest.approx(golden, rel=0.02)  # other processors round differently


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        CURVE.write_text("".join(f"{loss:.5f}\n" for loss in draw(Path(name))))
