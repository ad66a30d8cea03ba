"""The letterbox: nothing cut, nothing stretched, the same values however the pictures are stacked."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from striate.errors import ShapeError
from striate.kernels.letterbox import fit_size, letterbox

SIDES = st.integers(1, 60)


def noise(*shape: int) -> torch.Tensor:
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(sum(shape)))


@given(SIDES, SIDES, SIDES, SIDES, st.sampled_from([1, 3]))
@settings(derandomize=True, deadline=None, max_examples=150)
def test_white_fills_exactly_the_inner_rectangle(H: int, W: int, h: int, w: int, C: int) -> None:
    out = letterbox(torch.full((C, H, W), 255, dtype=torch.uint8), (h, w))
    assert out.shape == (C, h, w)
    rows, columns = out[0].any(dim=1).nonzero()[:, 0], out[0].any(dim=0).nonzero()[:, 0]
    inner = len(rows), len(columns)
    assert inner == fit_size((H, W), (h, w))
    assert inner[0] == h or inner[1] == w
    assert (out[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] == 255).all()
    assert abs(int(rows[0]) - (h - 1 - int(rows[-1]))) <= 1
    assert abs(int(columns[0]) - (w - 1 - int(columns[-1]))) <= 1
    if min(inner) > 1:  # aspect within half a pixel
        assert abs(inner[0] * W - inner[1] * H) <= max(H, W) / 2


@given(SIDES, SIDES, SIDES, SIDES, st.sampled_from([1, 2, 3]))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_stacking_changes_nothing(H: int, W: int, h: int, w: int, C: int) -> None:
    batch = noise(2, 2, C, H, W)
    out = letterbox(batch, (h, w))
    assert out.dtype == torch.uint8
    for i in range(2):
        for k in range(2):
            assert torch.equal(out[i, k], letterbox(batch[i, k], (h, w)))
    crossed = batch[0].contiguous(memory_format=torch.channels_last)
    assert torch.equal(letterbox(crossed, (h, w)), out[0])
    assert torch.equal(letterbox(batch.flip(-1).flip(-1), (h, w)), out)


def test_same_size_is_the_same_picture() -> None:
    picture = noise(3, 20, 30)
    assert letterbox(picture, (20, 30)) is picture


def test_values_are_antialiased_bilinear() -> None:
    picture = noise(1, 3, 90, 120)
    exact = F.interpolate(picture.double(), (36, 48), mode="bilinear", antialias=True)
    assert (letterbox(picture, (48, 48))[:, :, 6:42] - exact).abs().max() < 1.01


@given(SIDES, SIDES, SIDES, SIDES, st.sampled_from([1, 3]))
@settings(derandomize=True, deadline=None, max_examples=150)
def test_values_are_right_at_every_size(H: int, W: int, h: int, w: int, C: int) -> None:
    """PyTorch's own uint8 kernel is wrong for a width of one pixel."""
    picture = noise(C, H, W)
    inner = fit_size((H, W), (h, w))
    top, left = (h - inner[0]) // 2, (w - inner[1]) // 2
    exact = F.interpolate(picture[None].double(), inner, mode="bilinear", antialias=True)[0]
    got = letterbox(picture, (h, w))[:, top : top + inner[0], left : left + inner[1]]
    assert (got - exact).abs().max() < 1.1


def test_reduction_averages() -> None:
    board = (torch.arange(64)[:, None] + torch.arange(64)[None]) % 2 * 255
    assert (letterbox(board[None].to(torch.uint8), (8, 8)).int() - 127).abs().max() <= 1


@pytest.mark.parametrize(
    ("picture", "size"),
    [
        (torch.zeros(1, 4, 4), (2, 2)),
        (torch.zeros(4, 4, dtype=torch.uint8), (2, 2)),
        (torch.zeros(1, 0, 4, dtype=torch.uint8), (2, 2)),
        (torch.zeros(1, 4, 4, dtype=torch.uint8), (0, 2)),
    ],
)
def test_what_is_no_picture_is_an_error(picture: torch.Tensor, size: tuple[int, int]) -> None:
    with pytest.raises(ShapeError):
        letterbox(picture, size)
