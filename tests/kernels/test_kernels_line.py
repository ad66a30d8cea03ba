"""The native kernels against PyTorch in float64: outputs, gradients of the input and of every parameter, statistics.

Kernels of float32 are too coarse for finite differences; PyTorch's own gradients in float64, which they are compared
with here, are held to those elsewhere (tests/reference). Each build that this processor can run is tested.
"""

import math
from collections.abc import Iterator

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from torch import Tensor

from striate.errors import NotationError
from striate.kernels.library import instruction_set, library
from striate.kernels.program import write_program
from striate.models.network import Network, build
from striate.notation import plan
from striate.records import ImageInput

pytestmark = pytest.mark.skipif(library() is None, reason="the native kernels were not built")

Shape = tuple[int, ...]
KERNEL, CHAIN = 1e-6, 1e-5  # relative error of single kernels, and of chains (norms divide by small deviations)
NAMES = ("portable", "avx2", "avx512", "avx512bf16")
BATCHES = (1, 3, 7, 8, 9, 16, 17, 33)
SINGLE: list[tuple[str, Shape]] = [
    ("conv 4 1", (3, 1, 9)),
    ("conv 5 3x1 pad 1x0", (3, 9, 1)),
    ("conv 7 1 nobias", (5, 4, 6)),
    ("conv 4 2", (3, 5, 6)),
    ("conv 6 3 pad 1", (4, 7, 5)),
    ("conv 13 3 pad 1 nobias", (9, 6, 6)),
    ("conv 3 3", (2, 3, 3)),
    ("conv 4 3 pad 2", (3, 8, 7)),
    ("conv 4 3 pad 3", (3, 2, 5)),
    ("conv 6 5 pad 2", (3, 9, 8)),
    ("conv 3 5 pad 5", (2, 3, 4)),
    ("conv 5 7 /2 pad 3", (3, 11, 9)),
    ("conv 4 3 /2 pad 1", (5, 8, 7)),
    ("conv 4 3 /3", (3, 10, 11)),
    ("conv 4 3 /3x1 pad 0x2", (3, 9, 6)),
    ("conv 4 1 /2", (3, 7, 6)),
    ("conv 4 2x3 /1x2 pad 1x0", (3, 6, 8)),
    ("conv 4 5x1 pad 2x0", (3, 6, 5)),
    ("conv 4 3 dilate 2", (3, 9, 7)),
    ("conv 4 3 /2 pad 2 dilate 2", (3, 9, 8)),
    ("conv 6 3 pad 1 groups 3", (6, 6, 5)),
    ("conv 4 3 /2 pad 1 groups 2 nobias", (6, 7, 8)),
    ("depthwise 3 pad 1", (5, 6, 7)),
    ("depthwise 5 /2 pad 2 nobias", (4, 9, 8)),
    ("conv 3 3 pad 1", (40, 5, 5)),  # a long sum
    ("conv 5 3 pad 1 > relu", (4, 7, 6)),
    ("conv 5 3 pad 1 > maxpool 2", (4, 8, 6)),
    ("conv 5 3 pad 1 > relu > maxpool 2", (4, 7, 9)),
    ("conv 4 3 pad 1 > maxpool 2 > relu", (3, 5, 6)),
    ("conv 4 5 > relu > maxpool 2", (3, 10, 11)),
    ("conv 4 3 /2 pad 1 > relu > maxpool 2", (3, 13, 14)),
    ("conv 6 3 pad 1 groups 2 > relu > maxpool 2", (4, 6, 6)),
    ("dense 5", (3, 4, 5)),
    ("dense 5 nobias", (3, 4, 5)),
    ("dense 7 > relu", (2, 5, 3)),
    ("dense 3", (40, 4, 4)),
    ("batchnorm > dense 3", (4, 5, 6)),
]
CHAINS: list[tuple[str, Shape]] = [
    ("conv 4 1 > maxpool 3 /2 pad 1", (3, 9, 8)),
    ("conv 4 1 > maxpool 3 /2 ceil", (3, 8, 6)),
    ("conv 4 1 > maxpool 2 /1 dilate 2", (3, 6, 7)),
    ("conv 4 1 > maxpool 3x2 /2x1 pad 1", (3, 7, 6)),
    ("conv 4 1 > maxpool 3 /2 pad 2", (3, 7, 6)),
    ("conv 4 1 > avgpool 2", (3, 7, 6)),
    ("conv 4 1 > avgpool 3 /2 pad 1", (3, 7, 6)),
    ("conv 4 1 > avgpool 3 /2 pad 1 count_padding", (3, 6, 5)),
    ("conv 4 1 > avgpool 3 /2 pad 1 ceil count_padding", (3, 6, 8)),
    ("conv 4 1 > avgpool 4 /3 pad 3 ceil count_padding", (3, 5, 8)),
    ("conv 4 1 > avgpool 3 /2 ceil", (3, 6, 8)),
    ("conv 4 3 > globalpool", (3, 6, 8)),
    ("maxpool 2 > conv 4 3 pad 1", (3, 8, 7)),
    ("avgpool 3 /2 pad 1 > relu > conv 4 3", (3, 9, 9)),
    ("relu > relu > conv 4 1 > relu > relu", (3, 4, 4)),
    ("conv 6 3 > batchnorm", (3, 6, 7)),
    ("conv 6 3 bias > batchnorm > relu > conv 3 3 pad 1 > batchnorm > relu", (3, 6, 7)),
    ("conv 6 3 pad 1 > batchnorm > relu > maxpool 2 > dense 7 > batchnorm > relu > dense 3", (3, 7, 6)),
    ("batchnorm > batchnorm > conv 3 3 > batchnorm > batchnorm", (4, 5, 6)),
    ("batchnorm > relu > dense 4", (4, 3, 3)),
    ("dense 6 > relu > dense 5 > batchnorm", (3, 4, 4)),
    ("conv 4 3 > flatten > dense 8 > relu > dense 3", (3, 6, 6)),
    ("conv 4 3 pad 1 > skip(conv 4 3 pad 1 > relu > conv 4 3 pad 1) > relu", (3, 6, 5)),
    ("conv 4 3 pad 1 > skip(conv 6 3 /2 pad 1 > batchnorm | conv 6 1 /2) > relu > dense 3", (3, 6, 7)),
    ("conv 4 3 pad 1 > skip(relu > conv 4 3 pad 1) > dense 3", (3, 6, 5)),
    ("conv 4 3 pad 1 > skip(maxpool 3 /1 pad 1 > conv 4 1) > dense 3", (3, 6, 5)),
    ("conv 4 1 > skip(skip(conv 4 3 pad 1 > relu) > conv 4 1 | relu > conv 4 1) > relu", (3, 4, 5)),
    ("skip(conv 3 3 pad 1) > conv 3 3", (3, 5, 6)),
    ("(conv 4 3 pad 1 > batchnorm > relu) x3 > globalpool > dense 3", (3, 6, 6)),
    ("residual 4 > residual 6 /2 x2 > globalpool > dense 3", (3, 8, 7)),
    ("bottleneck 2 /2 x2 > globalpool > dense 3", (3, 6, 6)),
    # stages: layers in between that the kernels do not know
    ("conv 4 3 pad 1 > gelu > conv 4 3 pad 1 > dense 3", (3, 5, 6)),
    ("conv 4 3 > dropout 0 > dense 5 > relu > dropout 0 > dense 3", (3, 5, 6)),
    ("conv 4 3 pad 1 > upsample 2 > conv 3 3 > batchnorm", (3, 4, 5)),
    ("conv 4 3 pad 1 > groupnorm 2 > relu > conv 3 3", (3, 4, 5)),
    ("conv 4 3 pad 1 > squeeze_excite 2 > conv 3 3 > dense 2", (3, 5, 5)),
    ("conv 4 3 > globalpool max > dense 3", (3, 5, 6)),
]
SIGNALS: list[tuple[str, Shape]] = [
    ("conv 4 3 pad 1 > relu > conv 5 5 /2 pad 2 > batchnorm > relu > dense 3", (3, 11)),
    ("conv 4 3 dilate 2 > maxpool 2 > avgpool 2 > dense 3", (2, 17)),
    ("depthwise 3 pad 1 > batchnorm > relu > globalpool > dense 2", (4, 8)),
    ("dense 6 > batchnorm > relu > dense 3", (5,)),
    ("batchnorm > dense 3", (5,)),
]
PAIRED: list[tuple[str, Shape]] = [
    ("conv 8 3 pad 1", (8, 6, 7)),
    ("conv 9 3 pad 1", (11, 5, 6)),
    ("conv 12 5 /2 pad 2 nobias", (9, 9, 8)),
    ("conv 16 3 pad 1 groups 2", (16, 6, 6)),
    ("conv 8 3x1 pad 1x0", (8, 9, 1)),
    ("conv 8 1x3", (9, 1, 9)),
    ("conv 10 1x3 /1x2 pad 0x1", (10, 1, 8)),
    ("conv 24 3 dilate 2", (10, 9, 9)),
    ("conv 8 3", (8, 3, 3)),
    ("conv 8 3 pad 3", (8, 2, 3)),
    ("conv 13 1", (17, 4, 3)),
    ("conv 8 5 /3 pad 2", (8, 7, 10)),
    ("conv 8 3 pad 1 > conv 9 3 pad 1 > conv 8 1", (8, 5, 5)),
]
ROWS = [(line, shape, KERNEL) for line, shape in SINGLE] + [(line, shape, CHAIN) for line, shape in CHAINS]


@pytest.fixture(params=NAMES)
def build_name(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run a test once for each build of the kernels that this processor can run."""
    loaded = library()
    assert loaded is not None
    if NAMES.index(request.param) > loaded.striate_best_set():
        pytest.skip("this processor lacks the instructions")
    monkeypatch.setenv("STRIATE_KERNELS", request.param)
    instruction_set.cache_clear()
    yield request.param
    monkeypatch.undo()
    instruction_set.cache_clear()


def made(line: str, shape: Shape, seed: int = 0) -> Network:
    """A network whose parameters are all random, those of norms and biases too."""
    channels, height, width = shape
    spec = ImageInput(channels=channels, height=height, width=width, mean=(0.0,) * channels, std=(1.0,) * channels)
    network = build(plan(line, shape), spec, seed=seed)
    shake(network, seed)
    return network


def shake(network: torch.nn.Module, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed + 1)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if parameter.dim() == 1:
                centre = 1.0 if name.endswith("weight") else 0.0
                parameter.copy_(centre + 0.3 * torch.randn(parameter.shape, generator=generator))


def run(network: torch.nn.Module, x: Tensor, passed: Tensor | None) -> dict[str, Tensor]:
    """Output, every gradient, and running statistics after one pass in training."""
    network.zero_grad()
    x = x.clone().requires_grad_()
    y = network(x)
    passed = torch.randn(y.shape, generator=torch.Generator().manual_seed(5)) if passed is None else passed
    y.backward(passed.to(y.dtype))
    results = {"output": y.detach(), "gradient of the input": x.grad}
    results |= {f"gradient of {name}": p.grad for name, p in network.named_parameters()}
    results |= {name: b.clone() for name, b in network.named_buffers() if "running" in name}
    assert all(result is not None for result in results.values())
    return {name: result for name, result in results.items() if result is not None}


def expect_equal(found: dict[str, Tensor], right: dict[str, Tensor], tolerance: float) -> None:
    """Relative error of the norms; a gradient that cancels out is measured against the largest of all parameters."""
    assert found.keys() == right.keys()
    largest = max((float(t.norm()) for name, t in right.items() if name.startswith("gradient")), default=0.0)
    for name, expected in right.items():
        error = float((found[name].double() - expected).norm())
        size = max(float(expected.norm()), 0.03 * largest if name.startswith("gradient") else 0.0)
        assert error <= tolerance * size, f"{name}: relative error {error / max(size, 1e-300):.2e}"


def compare(line: str, shape: Shape, tolerance: float, *, n: int, threads: int) -> None:
    network, double = made(line, shape), made(line, shape).double()
    network.native = True
    x = torch.randn(n, *shape, generator=torch.Generator().manual_seed(n))
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        found = run(network, x, None)
    finally:
        torch.set_num_threads(before)
    expect_equal(found, run(double, x.double(), None), tolerance)
    network.eval()
    double.eval()
    with torch.no_grad():
        error = (network(x).double() - double(x.double())).norm() / double(x.double()).norm()
    assert error <= tolerance


@pytest.mark.parametrize("place", range(len(ROWS)), ids=[f"{line} on {shape}" for line, shape, _ in ROWS])
def test_every_line_equals_float64(build_name: str, place: int) -> None:
    line, shape, tolerance = ROWS[place]
    assert made(line, shape).native_possible
    for n, threads in ((BATCHES[place % 5 + 1], place % 3 + 1), (17 if place % 2 else 33, (place + 1) % 3 + 1)):
        compare(line, shape, tolerance, n=n, threads=threads)


@pytest.mark.parametrize(("line", "shape"), PAIRED)
@pytest.mark.parametrize(("n", "threads"), [(33, 2), (5, 1)])
def test_bfloat16_equals_float64_within_its_rounding(
    build_name: str, line: str, shape: Shape, n: int, threads: int
) -> None:
    """Output, gradients of input and weights: three rounded factors of 2^-9 each, and no ReLU that might flip."""
    network, double = made(line, shape), made(line, shape).double()
    network.native = True
    assert network.native_shortens
    x = torch.randn(n, *shape, generator=torch.Generator().manual_seed(n))
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            found, again = run(network, x, None), run(network, x, None)
    finally:
        torch.set_num_threads(before)
    right = run(double, x.double(), None)
    expect_equal(found, right, 1e-2)
    assert all(torch.equal(found[name], again[name]) for name in found)
    weight = "gradient of conv1.weight"
    assert not torch.allclose(found[weight].double(), right[weight], rtol=1e-5), "the factors were not shortened"


def test_bfloat16_follows_layers_of_pytorch(build_name: str) -> None:
    """A layer that the kernels do not know leaves bfloat16 under autocast; not-a-number and infinity stay."""
    network = made("conv 8 3 pad 1 > gelu > conv 8 3 pad 1 > squeeze_excite 2 > conv 8 3", (8, 6, 6))
    network.native = True
    x = torch.randn(3, 8, 6, 6, generator=torch.Generator().manual_seed(0))
    x[1, 3, 2, 2], x[2, 0, 0, 0] = math.nan, math.inf
    with torch.autocast("cpu", dtype=torch.bfloat16), torch.no_grad():
        y = network(x)
    assert y[0].isfinite().all()
    assert y[1].isnan().any()
    assert not y[2].isfinite().all()


@pytest.mark.parametrize("n", BATCHES)
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_every_batch_and_number_of_threads(build_name: str, n: int, threads: int) -> None:
    line = "conv 6 3 pad 1 > batchnorm > relu > maxpool 2 > skip(conv 6 3 pad 1 > relu) > dense 7 > relu > dense 3"
    compare(line, (3, 7, 6), CHAIN, n=n, threads=threads)


def test_few_examples_with_a_norm_of_flat_values(build_name: str) -> None:
    compare("dense 6 > batchnorm > dense 3", (2, 3, 3), 1e-4, n=3, threads=2)  # few examples: ill-conditioned


@pytest.mark.parametrize(("line", "shape"), SIGNALS)
@pytest.mark.parametrize("n", [3, 17])
def test_signals_and_flat_values(build_name: str, line: str, shape: Shape, n: int) -> None:
    """Without an input layer, which takes pictures only."""
    from striate.layers.combine import Line
    from striate.layers.native import NativeLine

    layers = plan(line, shape).layers
    torch.manual_seed(0)
    module, double = Line(layers), Line(layers).double()
    shake(module, 1)
    double.load_state_dict(module.state_dict())
    stage = NativeLine(module, layers)
    x = torch.randn(n, *shape, generator=torch.Generator().manual_seed(n))
    plain = run(double, x.double(), None)

    class Native(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.held = module

        def forward(self, x: Tensor) -> Tensor:
            return stage(x)

    found = {name.replace("held.", ""): t for name, t in run(Native(), x, None).items()}
    expect_equal(found, plain, CHAIN)


@pytest.mark.parametrize("n", [9, 33, 100])
@pytest.mark.parametrize("threads", [1, 2])
def test_training_mode_without_gradients(build_name: str, n: int, threads: int) -> None:
    """The statistics of the batch decide, though nothing is kept for a backward pass."""
    line, shape = "conv 6 3 pad 1 > batchnorm > relu > conv 4 3 > batchnorm > dense 3", (3, 12, 12)
    network, double = made(line, shape), made(line, shape).double()
    network.native = True
    x = torch.randn(n, *shape, generator=torch.Generator().manual_seed(n))
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with torch.no_grad():
            found = network(x)
    finally:
        torch.set_num_threads(before)
    with torch.no_grad():
        right = double(x.double())
    expect_equal({"output": found}, {"output": right}, CHAIN)
    running = {name: b for name, b in network.named_buffers() if "running" in name}
    expect_equal(running, {name: b for name, b in double.named_buffers() if name in running}, CHAIN)


# ---- any shape that a plan accepts


@st.composite
def lines(draw: st.DrawFn) -> tuple[str, Shape, int, int]:
    """One convolution or pool with any window, perhaps with its activation and pool, on a small map."""
    size, pair = st.integers(1, 9), lambda low, high: st.tuples(st.integers(low, high), st.integers(low, high))
    groups = draw(st.integers(1, 3))
    channels, features = groups * draw(st.integers(1, 4)), groups * draw(st.integers(1, 5))
    shape = (channels, draw(size), draw(size))
    kernel, stride, pad, dilate = draw(pair(1, 4)), draw(pair(1, 3)), draw(pair(0, 4)), draw(pair(1, 3))
    write = "{}x{}".format
    conv = f"conv {features} {write(*kernel)} /{write(*stride)} pad {write(*pad)} dilate {write(*dilate)}"
    conv += f" groups {groups}" + draw(st.sampled_from(["", " nobias"]))
    size_of_pool, step, around = draw(pair(1, 3)), draw(pair(1, 3)), draw(pair(0, 2))
    pool = f"{write(*size_of_pool)} /{write(*step)} pad {write(*around)}" + draw(st.sampled_from(["", " ceil"]))
    after = ["", " > relu", " > maxpool 2", " > relu > maxpool 2", " > maxpool 2 > relu", f" > maxpool {pool}"]
    after += [f" > avgpool {pool}", f" > avgpool {pool} count_padding", " > dense 3", " > globalpool"]
    return conv + draw(st.sampled_from(after)), shape, draw(st.sampled_from(BATCHES)), draw(st.integers(1, 3))


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.filter_too_much])
@given(lines())
def test_any_window_equals_float64(case: tuple[str, Shape, int, int]) -> None:
    line, shape, n, threads = case
    try:
        plan(line, shape)
    except NotationError:
        assume(False)
    compare(line, shape, KERNEL, n=n, threads=threads)


# ---- bits, and the contract of operators


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_runs_repeat_bit_by_bit(build_name: str, threads: int) -> None:
    line, shape = "residual 4 > residual 6 /2 > maxpool 2 > dense 5", (3, 9, 8)
    x = torch.randn(21, *shape, generator=torch.Generator().manual_seed(0))
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        runs = []
        for _ in range(4):
            network = made(line, shape)
            network.native = True
            runs.append(run(network, x, None))
    finally:
        torch.set_num_threads(before)
    for again in runs[1:]:
        assert all(torch.equal(runs[0][name], again[name]) for name in again)


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")  # of opcheck itself
@pytest.mark.parametrize(
    "line", ["conv 3 3 pad 1 > relu > maxpool 2 > dense 2", "conv 8 1 > conv 8 3 > batchnorm > relu"]
)
@pytest.mark.parametrize(("n", "short"), [(1, False), (9, False), (9, True)])
def test_operators_keep_the_contract_of_torch(line: str, n: int, short: bool) -> None:
    network, shape = made(line, (2, 6, 6)), (2, 6, 6)
    program = write_program(network.plan.layers)
    tensors = [
        network.get_submodule(name.rpartition(".")[0]).__getattr__(name.rpartition(".")[2]) for name in program.names
    ]
    x = torch.randn(n, *shape, generator=torch.Generator().manual_seed(n)).requires_grad_()
    torch.library.opcheck(torch.ops.striate.line, (x, tensors, list(program.numbers), True, True, short, 1))
    held = [tensor.detach() for tensor in tensors]
    y, memory, _ = torch.ops.striate.line(x.detach(), held, list(program.numbers), True, True, short, 1)
    wanted = [True, *(tensor.requires_grad for tensor in tensors)]
    arguments = (torch.ones_like(y), held, list(program.numbers), memory, wanted, short, 1)
    torch.library.opcheck(torch.ops.striate.line_backward, arguments)


def test_relative_error_tells_a_wrong_number() -> None:
    """The comparison itself can fail."""
    right = {"output": torch.ones(4, dtype=torch.double)}
    with pytest.raises(AssertionError, match="relative error"):
        expect_equal({"output": torch.tensor([1, 1, 1, 1 + 1e-4])}, right, CHAIN)
    with pytest.raises(AssertionError):
        expect_equal({"output": torch.tensor([1, 1, 1, math.nan])}, right, CHAIN)
