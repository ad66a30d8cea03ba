"""The built network: children named as in the notation, weights from a seed, keys that files can rely on."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from striate.models.infer import infer
from striate.models.network import Network, build
from striate.models.zoo import plan_network
from striate.notation import leaves
from striate.records import ImageInput
from striate.runtime.device import Device

CPU = Device(kind="cpu", precision="float32", threads=1)
RESIDUAL = "conv 4 3 pad 1 > batchnorm > relu > residual 8 /2 > globalpool"


def spec(channels: int, height: int, width: int) -> ImageInput:
    return ImageInput(channels=channels, height=height, width=width, mean=(0.5,) * channels, std=(0.25,) * channels)


def network(line: str, shape: tuple[int, int, int], *, outputs: int | None = 5, seed: int = 0) -> Network:
    return build(plan_network(line, shape, outputs=outputs), spec(*shape), seed=seed)


def pictures(n: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(2).integers(0, 256, (n, *shape), dtype=np.uint8)


# ---- names


@pytest.mark.parametrize("line", ["lenet5", RESIDUAL, "squeeze_excite 2 > (conv 2 1 > relu) x2 > skip(relu) > head"])
def test_children_are_named_after_the_notation(line: str) -> None:
    line = line.replace("head", "flatten")
    made = network(line, (1, 28, 28))
    assert [name for name, _ in made.named_children()] == ["input", *(layer.name for layer in made.plan.layers)]
    for name, leaf in leaves(made.plan.layers):
        assert sum(weight.numel() for weight in made.get_submodule(name).parameters()) == leaf.parameters


def test_children_are_counted_by_kind() -> None:
    made = network("conv 2 3 > relu > conv 3 3 > (relu) x2 > residual 3", (1, 9, 9))
    names = ["input", "conv1", "relu1", "conv2", "group1", "group2", "residual1", "head"]
    assert [name for name, _ in made.named_children()] == names
    assert isinstance(made.get_submodule("conv2"), nn.Conv2d)


def test_keys_of_lenet5_are_pinned() -> None:
    """Model files hold these names: changing one breaks every saved model."""
    assert {name: tuple(tensor.shape) for name, tensor in network("lenet5", (1, 28, 28)).state_dict().items()} == {
        "conv1.weight": (6, 1, 5, 5),
        "conv1.bias": (6,),
        "conv2.weight": (16, 6, 5, 5),
        "conv2.bias": (16,),
        "dense1.weight": (120, 400),
        "dense1.bias": (120,),
        "dense2.weight": (84, 120),
        "dense2.bias": (84,),
        "head.weight": (5, 84),
        "head.bias": (5,),
    }


def test_keys_of_a_residual_are_pinned() -> None:
    norm = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    body, beside = "residual1.body.skip1.body", "residual1.body.skip1.shortcut"
    assert list(network(RESIDUAL, (1, 8, 8)).state_dict()) == [
        "conv1.weight",
        *(f"batchnorm1.{name}" for name in norm),
        f"{body}.conv1.weight",
        *(f"{body}.batchnorm1.{name}" for name in norm),
        f"{body}.conv2.weight",
        *(f"{body}.batchnorm2.{name}" for name in norm),
        f"{beside}.conv1.weight",
        *(f"{beside}.batchnorm1.{name}" for name in norm),
        "head.weight",
        "head.bias",
    ]


def test_children_in_order_have_the_planned_shapes_and_end_in_the_logits() -> None:
    made = network("lenet5", (1, 28, 28)).eval()
    x = step = torch.from_numpy(pictures(2, 1, 28, 28))
    seen = {name: (step := part(step)) for name, part in made.named_children()}
    assert list(seen) == [name for name, _ in made.named_children()]
    assert torch.equal(seen["head"], made(x))
    for layer in made.plan.layers:
        assert tuple(seen[layer.name].shape) == (2, *layer.output_shape)


# ---- fresh weights


def weights(made: nn.Module) -> dict[str, Tensor]:
    return dict(made.named_parameters())


@pytest.mark.parametrize("line", ["lenet5", "xo", RESIDUAL])
def test_seed_decides_every_weight(line: str) -> None:
    torch.manual_seed(1)
    one = weights(network(line, (1, 28, 28), seed=7))
    torch.manual_seed(2)  # what else was drawn before makes no difference
    torch.rand(5)
    same, other = weights(network(line, (1, 28, 28), seed=7)), weights(network(line, (1, 28, 28), seed=8))
    for name, weight in one.items():
        assert torch.equal(weight, same[name]), name
        if weight.dim() > 1:
            assert not torch.equal(weight, other[name]), name


def test_fresh_weights_have_the_spread_they_are_said_to_have() -> None:
    made = network("conv 256 5x5 > conv 64 3 groups 4 > depthwise 7 > globalpool > dense 400", (3, 28, 28))
    for name, fan_out in {"conv1": 256 * 25, "conv2": 16 * 9, "depthwise1": 49}.items():
        weight = made.get_submodule(name).get_parameter("weight")
        assert weight.std().item() == pytest.approx((2 / fan_out) ** 0.5, rel=0.05)
        assert weight.mean().item() == pytest.approx(0, abs=0.1 * fan_out**-0.5)
    dense = made.get_submodule("dense1").get_parameter("weight")
    assert dense.abs().max().item() == pytest.approx(64**-0.5, rel=0.01)
    assert all(weight.eq(0).all() for name, weight in weights(made).items() if name.endswith("bias"))


def test_plan_and_input_specification_must_agree() -> None:
    with pytest.raises(ValueError, match=r"plan is for \(1, 28, 28\)"):
        build(plan_network("xo", (1, 28, 28), outputs=2), spec(1, 32, 32))


# ---- many pictures


@pytest.mark.parametrize("batch", [1, 3, 7, 512])
def test_infer_gives_what_the_network_gives(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("striate.models.infer.BATCH", batch)
    made, x = network(RESIDUAL, (3, 16, 16)), pictures(7, 3, 16, 16)
    logits = infer(made.train(), x, CPU)  # the batch must not enter the normalisation
    made.eval()
    with torch.inference_mode():
        torch.testing.assert_close(logits, made(torch.from_numpy(x)), rtol=1e-5, atol=1e-5)
    assert (logits.shape, logits.dtype) == ((7, 5), torch.float32)


def test_infer_takes_pictures_of_other_sizes_and_strides() -> None:
    made, x = network("xo", (1, 12, 12)), pictures(4, 20, 30, 3)
    turned = x.transpose(0, 3, 1, 2)  # not contiguous
    assert torch.equal(infer(made, turned, CPU), infer(made, np.ascontiguousarray(turned), CPU))


def test_infer_of_no_pictures_is_empty() -> None:
    assert infer(network("xo", (1, 9, 9)), pictures(0, 1, 9, 9), CPU).shape == (0, 5)


def test_infer_shrinks_the_batch_for_large_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    made, x = network("conv 8 3 pad 1 > globalpool", (1, 16, 16)), pictures(5, 1, 16, 16)
    sizes: list[int] = []
    made.register_forward_pre_hook(lambda _, inputs: sizes.append(len(inputs[0])))
    monkeypatch.setattr("striate.models.infer.CELLS", 2 * 8 * 16 * 16)
    infer(made, x, CPU)
    assert sizes == [2, 2, 1]


def test_infer_in_bfloat16_answers_in_float32() -> None:
    made, x = network("xo", (1, 16, 16)), pictures(3, 1, 16, 16)
    rough = infer(made, x, Device(kind="cpu", precision="bfloat16", threads=1))
    assert rough.dtype == torch.float32
    torch.testing.assert_close(rough, infer(made, x, CPU), rtol=0.05, atol=0.05)
