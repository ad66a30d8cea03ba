"""The one thread: urgent work first, what nobody waits for dropped, errors given to whoever asked."""

import io
import threading

import numpy as np
import pytest
import torch
from PIL import Image
from test_api import png

from striate.errors import UsageError
from striate.layers.inputs.image import ImageInputLayer
from striate.records import ImageInput
from striate.serve.disturb import SLIDERS, Disturbance, disturb
from striate.serve.inputs import KEPT, Inputs
from striate.serve.work import Worker


def test_urgent_work_comes_first_and_cancelled_work_never() -> None:
    worker, gate, done = Worker(), threading.Event(), []
    worker.submit(gate.wait)
    patient = worker.submit(lambda: done.append("patient"), urgent=False)
    dropped = worker.submit(lambda: done.append("dropped"))
    urgent = worker.submit(lambda: done.append("urgent"))
    assert dropped.cancel()
    gate.set()
    patient.result(10)
    urgent.result(10)
    worker.close()
    assert done == ["urgent", "patient"]


def test_an_error_belongs_to_whoever_asked() -> None:
    worker = Worker()
    with pytest.raises(ZeroDivisionError):
        worker.submit(lambda: 1 / 0).result(10)
    assert worker.submit(lambda: 3).result(10) == 3
    worker.close()


def test_the_oldest_input_is_let_go() -> None:
    inputs = Inputs(ImageInputLayer(ImageInput(channels=1, height=4, width=4, mean=(0.5,), std=(0.5,))))
    ids = [inputs.add(png(5, value), f"{value}").id for value in range(100)]
    ids += [inputs.add(png(side, 7), "x").id for side in (6,)]
    assert inputs.find(ids[0]).name == "0"
    for side in range(KEPT):
        inputs.add(_noise(side), "noise")
    with pytest.raises(UsageError, match="draw or send it again"):
        inputs.find(ids[1])


def _noise(seed: int) -> bytes:
    file = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 255, (4, 4), dtype=np.uint8)
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def spot(row: int, column: int) -> torch.Tensor:
    picture = torch.zeros(1, 9, 9, dtype=torch.uint8)
    picture[0, row, column] = 255
    return picture


@pytest.mark.parametrize(
    ("how", "place"),
    [
        (Disturbance(), (2, 6)),
        (Disturbance(right=2 / 9), (2, 8)),
        (Disturbance(down=1 / 9), (3, 6)),
        (Disturbance(rotate=90), (6, 6)),  # clockwise: the upper right comes to the lower right
        (Disturbance(rotate=-90), (2, 2)),
        (Disturbance(scale=2), (0, 8)),
    ],
)
def test_a_spot_goes_where_the_sliders_say(how: Disturbance, place: tuple[int, int]) -> None:
    moved = disturb(spot(2, 6), [how])[0, 0]
    assert divmod(int(moved.argmax()), 9) == place
    assert moved[place] == pytest.approx(1, abs=1e-5)


def test_blur_keeps_the_light_and_noise_is_the_same_twice() -> None:
    blurred = disturb(spot(4, 4), [Disturbance(blur=1)])[0, 0]
    assert blurred.sum() == pytest.approx(1, abs=1e-3)
    assert blurred[4, 4] == pytest.approx(
        1 / (2 * torch.pi), rel=0.02
    )  # of a Gaussian of deviation 1, in two dimensions
    noisy = [disturb(spot(4, 4), [Disturbance(noise=0.2)]) for _ in range(2)]
    assert torch.equal(*noisy)
    assert not torch.equal(noisy[0], disturb(spot(4, 4), [Disturbance()]))


@pytest.mark.parametrize("name", SLIDERS)
def test_sliders_have_ends(name: str) -> None:
    slider = SLIDERS[name]
    assert getattr(Disturbance(), name) == slider.neutral
    for value in (slider.low - 0.01, slider.high + 0.01):
        with pytest.raises(UsageError, match=name):
            Disturbance(**{name: value})
