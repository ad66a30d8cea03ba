"""The networks that are timed, as plain data that every framework's worker builds from, and the work of one step."""

from collections.abc import Iterator
from dataclasses import dataclass

from striate.models.zoo import plan_network
from striate.notation import (
    Activation,
    BatchNorm,
    Combination,
    Conv,
    Dense,
    GlobalPool,
    Layer,
    MaxPool,
    Plan,
)

CLASSES = 10
Described = dict[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Net:
    """One line of the notation, the (C, H, W) pictures it is fed, and how many a step."""

    line: str
    input_shape: tuple[int, int, int]
    batch: int

    def plan(self) -> Plan:
        return plan_network(self.line, self.input_shape, outputs=CLASSES)


_STAGE = "(conv {0} 3x3 pad 1 > batchnorm > relu) x2 > maxpool 2"
_STAGES = " > residual 64 x2 > residual 128 /2 x2 > residual 256 /2 x2 > residual 512 /2 x2 > globalpool"
NETS = {
    "lenet5": Net(line="lenet5", input_shape=(1, 28, 28), batch=128),
    "2-conv": Net(
        line="conv 32 3x3 pad 1 > relu > maxpool 2 > conv 64 3x3 pad 1 > relu > maxpool 2 > dense 128 > relu",
        input_shape=(1, 28, 28),
        batch=128,
    ),
    "bn-vgg": Net(
        line=" > ".join(_STAGE.format(features) for features in (32, 64, 128)) + " > dense 128 > relu",
        input_shape=(3, 32, 32),
        batch=64,
    ),
    "resnet18-32": Net(line="conv 64 3x3 pad 1 > batchnorm > relu" + _STAGES, input_shape=(3, 32, 32), batch=32),
    "resnet18-224": Net(line="resnet18", input_shape=(3, 224, 224), batch=16),
}


def describe(layers: tuple[Layer, ...]) -> list[Described]:
    """Write planned layers as JSON: blocks resolved, biases decided, sizes square and so single numbers.

    A skip is {"kind": "skip", "body": [...], "shortcut": [...]}; an empty shortcut is the input as it is. A group is
    written as the layers it holds. Raises ValueError for a layer that the workers do not build.
    """
    return [described for layer in layers for described in _describe(layer)]


def _describe(layer: Layer) -> Iterator[Described]:
    match layer.operation:
        case Combination(kind="group"):
            yield from describe(layer.body)
        case Combination(kind="skip"):
            yield {"kind": "skip", "body": describe(layer.body), "shortcut": describe(layer.shortcut)}
        case Conv(features, (kernel, _), (stride, _), (pad, _), (1, 1), 1, bias):
            shape = {"features": features, "kernel": kernel, "stride": stride, "pad": pad, "bias": bool(bias)}
            yield {"kind": "conv", **shape, "channels": layer.input_shape[0]}
        case MaxPool():
            pool = layer.operation.resolve(layer.input_shape)
            yield {"kind": "maxpool", "size": pool.size[0], "stride": pool.stride[0], "pad": pool.pad[0]}
        case Dense(units):
            inputs = 1
            for n in layer.input_shape:
                inputs *= n
            yield {"kind": "dense", "units": units, "inputs": inputs}
        case BatchNorm():
            yield {"kind": "batchnorm", "channels": layer.input_shape[0]}
        case Activation(kind="relu"):
            yield {"kind": "relu"}
        case GlobalPool(kind="avg"):
            yield {"kind": "globalpool"}
        case _:
            raise ValueError(f"no worker builds {layer.text}")


def training_operations(net: Net) -> int:
    """Count the floating-point operations of one training step on one batch.

    2 x multiply-adds x 3 (forward, input gradient, weight gradient) of every convolution and dense layer, minus the
    input gradient of the first of them, which nobody needs; times the batch. Pooling, norms, activations and the
    optimiser count as nothing: a step that spends time on them reaches a smaller fraction of the limit.
    """
    plan = net.plan()
    first = next(layer.multiply_adds for layer in plan.layers if layer.multiply_adds)
    return 2 * net.batch * (3 * plan.multiply_adds - first)
