"""Boxes and masks in the letterbox of their pictures; which size pictures get by task."""

import numpy as np
import pytest
import torch

from striate.data.decode.fit import choose_size
from striate.data.decode.targets import fit_boxes, fit_mask
from striate.data.listing import VOID
from striate.errors import UsageError
from striate.kernels.letterbox import letterbox
from striate.kinds import TaskName

SIZES = [
    ((48, 64), (96, 96)),
    ((64, 48), (96, 96)),
    ((480, 640), (96, 128)),
    ((31, 77), (64, 32)),
    ((96, 96), (96, 96)),
]


@pytest.mark.parametrize(("original", "size"), SIZES)
def test_boxes_stay_on_their_objects(original: tuple[int, int], size: tuple[int, int]) -> None:
    """A white rectangle is scaled with its picture: it begins and ends where its box does, to half a pixel."""
    height, width = original
    x0, y0, x1, y1 = width // 4, height // 3, width - width // 8, height - height // 6
    picture = torch.zeros(1, *original, dtype=torch.uint8)
    picture[:, y0:y1, x0:x1] = 255
    white = letterbox(picture, size)[0].numpy() / 255
    _, left, top, right, bottom = fit_boxes(np.array([[0.0, x0, y0, x1, y1]]), original, size)[0]
    assert white.sum() == pytest.approx((right - left) * (bottom - top), rel=0.03)
    rows, columns = white.max(axis=1), white.max(axis=0)
    assert abs(rows.sum() - (bottom - top)) < 1 and abs(columns.sum() - (right - left)) < 1
    assert abs((rows * (np.arange(size[0]) + 0.5)).sum() / rows.sum() - (top + bottom) / 2) < 0.5
    assert abs((columns * (np.arange(size[1]) + 0.5)).sum() / columns.sum() - (left + right) / 2) < 0.5


@pytest.mark.parametrize(("original", "size"), SIZES)
def test_masks_stay_on_their_objects(original: tuple[int, int], size: tuple[int, int]) -> None:
    """The border is VOID just where the letterbox is black, and classes are those of the brighter pixels."""
    mask = np.random.default_rng(0).integers(0, 2, (3, 4)).astype(np.uint8).repeat(-(-original[0] // 3), 0)
    mask = mask.repeat(-(-original[1] // 4), 1)[: original[0], : original[1]]
    fitted = fit_mask(mask, size)
    border = letterbox(torch.full((1, *original), 200, dtype=torch.uint8), size)[0].numpy() == 0
    np.testing.assert_array_equal(fitted == VOID, border)
    bright = letterbox(torch.from_numpy(255 * mask)[None], size)[0].numpy()
    assert ((bright > 127) == fitted)[~border & (abs(bright.astype(int) - 127) > 100)].all()


@pytest.mark.parametrize(
    ("task", "sizes", "chosen"),
    [
        ("detection", [(480, 640)] * 3, (256, 320)),
        ("detection", [(1080, 1920)] * 3, (192, 320)),
        ("detection", [(640, 480)] * 3, (320, 256)),
        ("detection", [(480, 640)] * 2 + [(640, 480)] * 2, (320, 320)),
        ("detection", [(480, 640)] * 3 + [(640, 480)], (256, 320)),
        ("detection", [(90, 130)] * 3, (96, 128)),
        ("detection", [(10, 9)], (32, 32)),
        ("detection", [(3000, 100)], (320, 32)),
        ("detection", [], (320, 320)),
        ("segmentation", [(256, 256)] * 3 + [(520, 696)], (256, 256)),
        ("segmentation", [(96, 160)] * 3, (96, 160)),
        ("segmentation", [(360, 360)], (256, 256)),
        ("segmentation", [(100, 100)], (96, 96)),
        ("classification", [(480, 640)], (96, 96)),
    ],
)
def test_sizes_by_task(task: TaskName, sizes: list[tuple[int, int]], chosen: tuple[int, int]) -> None:
    assert choose_size(np.array(sizes, np.int32).reshape(-1, 2), task=task) == chosen


def test_a_size_for_detection_is_a_multiple_of_32() -> None:
    sizes = np.array([[480, 640]], np.int32)
    assert choose_size(sizes, (192, 256), task="detection") == (192, 256)
    assert choose_size(sizes, 100, task="segmentation") == (100, 100)
    for asked, fix in ((100, "96"), ((192, 250), "192x256"), (5, "32")):
        with pytest.raises(UsageError, match=f"a multiple of 32 pixels.*try {fix}"):
            choose_size(sizes, asked, task="detection")
