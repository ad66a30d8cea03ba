"""Resampling: the native kernel and PyTorch's way agree, whole pixels are exact, threads change no bit."""

import ctypes
import shutil
import subprocess
from pathlib import Path

import pytest
import torch
from torch import Generator, Tensor

from striate.errors import ShapeError
from striate.kernels import resample as module
from striate.kernels.library import library
from striate.kernels.resample import Relight, resample

NATIVE = Path(module.__file__).with_name("native")
IDENTITY = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
SIZES = [(1, 1, 1), (1, 28, 28), (3, 8, 8), (3, 33, 17), (2, 5, 7), (1, 1, 9), (3, 224, 224)]


@pytest.fixture(scope="session")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The installed kernels, or these two files compiled for the test."""
    if (built := library()) is not None:
        return built
    if (compiler := shutil.which("g++")) is None:
        pytest.skip("no C++ compiler")
    target = tmp_path_factory.mktemp("native") / "kernels.so"
    sources = [str(NATIVE / name) for name in ("resample.cpp", "parallel.cpp")]
    flags = ["-std=c++17", "-O2", "-fPIC", "-shared", "-Wall", "-Wextra", "-Werror", "-pthread"]
    subprocess.run([compiler, *flags, *sources, "-o", str(target), "-ldl"], check=True)
    return ctypes.CDLL(str(target))


@pytest.fixture(params=["native", "torch"])
def way(request: pytest.FixtureRequest, kernels: ctypes.CDLL, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(module, "library", lambda: kernels if request.param == "native" else None)
    return str(request.param)


def seeded(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def pictures(n: int, *size: int) -> Tensor:
    return torch.randint(0, 256, (n, *size), dtype=torch.uint8, generator=seeded(9))


def random_maps(n: int, spread: float) -> Tensor:
    """Maps near the identity and far from it, some of whose places lie far outside."""
    return torch.tensor(IDENTITY) + spread * torch.randn(n, 2, 3, generator=seeded(3)) * torch.tensor([1.0, 1.0, 8.0])


def random_light(n: int, channels: int) -> Relight:
    matrix = torch.eye(channels) + 0.3 * torch.randn(n, channels, channels, generator=seeded(4))
    return Relight(matrix=matrix, light=0.3 * torch.randn(n, 2, generator=seeded(5)))


def both(monkeypatch: pytest.MonkeyPatch, kernels: ctypes.CDLL, *arguments: object) -> tuple[Tensor, Tensor]:
    monkeypatch.setattr(module, "library", lambda: kernels)
    native = resample(*arguments)  # type: ignore[arg-type]
    monkeypatch.setattr(module, "library", lambda: None)
    return native, resample(*arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("spread", [0.0, 0.05, 1.0, 1e5])
@pytest.mark.parametrize("lit", [False, True])
def test_native_and_torch_agree(
    size: tuple[int, int, int], spread: float, lit: bool, kernels: ctypes.CDLL, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = torch.tensor([4, 0, 4, 2, 1])
    light = random_light(5, size[0]) if lit else None
    native, plain = both(monkeypatch, kernels, pictures(5, *size), chosen, random_maps(5, spread), light)
    # a place x in float32 is known to about 1e-7 * side, and values change by up to 1 from pixel to pixel
    assert torch.allclose(native, plain, atol=2e-6 * max(8, *size) if spread else 1e-6)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("spread", [0.3, 1e5])
def test_maps_along_the_axes_give_the_bits_of_any_other(
    size: tuple[int, int, int], spread: float, kernels: ctypes.CDLL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "library", lambda: kernels)
    maps = random_maps(9, spread) * torch.tensor([[1.0, 0, 1], [0, 1, 1]])
    maps[::3, 0, 0] *= -1
    maps[::2, 1, 1] *= -1
    tilted = maps.clone()
    tilted[:, 0, 1] = 1e-30  # too little to move a place, enough to be no crop
    chosen = torch.tensor([4, 0, 4, 2, 1, 3, 3, 0, 2])
    mixed = torch.where(torch.arange(9)[:, None, None] % 2 == 0, maps, tilted)  # one after the other on one desk
    expected = resample(pictures(5, *size), chosen, tilted)
    assert torch.equal(resample(pictures(5, *size), chosen, maps), expected)
    assert torch.equal(resample(pictures(5, *size), chosen, mixed), expected)


def test_a_place_between_pixels_is_their_weighted_sum(way: str) -> None:
    picture = torch.tensor([[[[0, 100], [200, 50]]]], dtype=torch.uint8)
    maps = torch.tensor([[[1.0, 0, 0.25], [0, 1, 0.5]]])
    got = resample(picture, torch.tensor([0]), maps) * 255
    upper, lower = (0.75 * 0 + 0.25 * 100, 0.75 * 100), (0.75 * 200 + 0.25 * 50, 0.75 * 50)
    expected = [[(upper[0] + lower[0]) / 2, (upper[1] + lower[1]) / 2], [lower[0] / 2, lower[1] / 2]]
    assert torch.allclose(got[0, 0], torch.tensor(expected), atol=1e-4)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(("down", "right"), [(0, 0), (2, 0), (-3, 1), (0, -4), (12, 0), (5, 10), (-900, 900)])
def test_whole_pixels_are_exact(way: str, mirrored: bool, down: int, right: int) -> None:
    batch = pictures(2, 3, 12, 10)
    sign = -1.0 if mirrored else 1.0
    maps = torch.tensor([[[sign, 0, (9 if mirrored else 0) - sign * right], [0, 1, -down]], IDENTITY])
    moved = resample(batch, torch.tensor([0, 1]), maps)
    source = batch[0].flip(-1) if mirrored else batch[0]
    expected = torch.zeros(3, 12, 10)
    for row in range(12):
        for column in range(10):
            if 0 <= row - down < 12 and 0 <= column - right < 10:
                expected[:, row, column] = source[:, row - down, column - right] / 255
    assert torch.allclose(moved[0], expected, atol=1e-7, rtol=0)
    assert torch.allclose(moved[1], batch[1] / 255, atol=1e-7, rtol=0)


def test_colours_follow_the_matrix_and_the_mean(way: str) -> None:
    batch, light = pictures(4, 3, 6, 5), random_light(4, 3)
    maps = torch.tensor([IDENTITY] * 4)
    x = (batch / 255).double()
    added = light.light[:, :1].double() * x.mean(dim=(1, 2, 3))[:, None] + light.light[:, 1:].double()
    expected = (torch.einsum("ncd,ndhw->nchw", light.matrix.double(), x) + added[:, :, None, None]).clamp(0, 1)
    assert torch.allclose(resample(batch, torch.arange(4), maps, light).double(), expected, atol=1e-6)


@pytest.mark.parametrize("size", [(1, 28, 28), (3, 31, 33)])
def test_threads_change_no_bit(
    size: tuple[int, int, int], kernels: ctypes.CDLL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "library", lambda: kernels)
    batch, maps, light, before = (
        pictures(9, *size),
        random_maps(9, 0.05),
        random_light(9, size[0]),
        torch.get_num_threads(),
    )
    answers = []
    for threads in (1, 2, 3, 16):
        torch.set_num_threads(threads)
        answers.append(resample(batch, torch.arange(9), maps, light))
    torch.set_num_threads(before)
    assert all(torch.equal(answers[0], answer) for answer in answers[1:])


def test_strided_pictures_are_read_right(kernels: ctypes.CDLL, monkeypatch: pytest.MonkeyPatch) -> None:
    batch, maps = pictures(6, 3, 8, 9), random_maps(3, 0.05)
    native, plain = both(monkeypatch, kernels, batch[::2].transpose(2, 3), torch.tensor([0, 1, 2]), maps)
    assert torch.allclose(native, plain, atol=1e-5)


def test_nothing_of_something(way: str) -> None:
    assert resample(pictures(2, 3, 4, 5), torch.zeros(0, dtype=torch.int64), torch.zeros(0, 2, 3)).shape == (0, 3, 4, 5)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"pictures": torch.zeros(2, 3, 4, 4)}, "must be uint8"),
        ({"pictures": torch.zeros(0, 3, 4, 4, dtype=torch.uint8)}, "not empty"),
        ({"chosen": torch.tensor([0, 2])}, "indices of pictures"),
        ({"chosen": torch.tensor([-1, 0])}, "indices of pictures"),
        ({"chosen": torch.tensor([0.0, 1.0])}, "indices of pictures"),
        ({"maps": torch.zeros(1, 2, 3)}, "maps must be finite"),
        ({"maps": torch.full((2, 2, 3), torch.nan)}, "maps must be finite"),
        ({"relight": Relight(matrix=torch.zeros(2, 1, 1), light=torch.zeros(2, 2))}, "matrix must be"),
    ],
)
def test_what_does_not_fit_is_refused(way: str, change: dict[str, object], words: str) -> None:
    fitting = {"pictures": pictures(2, 3, 4, 4), "chosen": torch.tensor([0, 1]), "maps": torch.tensor([IDENTITY] * 2)}
    with pytest.raises(ShapeError, match=words):
        resample(**{**fitting, **change})  # type: ignore[arg-type]
