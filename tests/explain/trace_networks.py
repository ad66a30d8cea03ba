"""Networks whose every cell must unfold: the classics, a signal net, and one line with every operation there is."""

from collections.abc import Callable

import torch
from torch import nn

from striate.models.network import Network, build
from striate.models.zoo import plan_network
from striate.records import ImageInput, SignalInput, TextInput

EVERYTHING = (
    "conv 8 3x3 pad 1 groups 1 > batchnorm > leaky > conv 8 3x3 /2 pad 2 dilate 2 groups 2 > silu > blur > edge"
    " > groupnorm 4 > gelu > upsample 2 bilinear > maxpool 3x3 /2 pad 1 > upsample 2 > avgpool 3 /2 pad 1 ceil"
    " > squeeze_excite 2 > skip(conv 8 3x3 pad 1 > batchnorm) > dropout 0.5 > sharpen > bottleneck 4 /2"
    " > (conv 6 1 > tanh) x2 > flatten > dense 20 > sigmoid"
)
VGG = "(conv 8 3x3 pad 1 > batchnorm > relu) x2 > maxpool 2 > (conv 16 3x3 pad 1 > batchnorm > relu) x2 > maxpool 2"
POOLS = "conv 6 3x3 > relu > maxpool 3 /2 pad 1 ceil > conv 8 3x3 > relu > globalpool max"
SIGNAL = "conv 6 7 /2 pad 3 > batchnorm > relu > maxpool 3 /2 pad 1 > residual 6 > residual 12 /2 > globalpool"

TEXT = "embed 5 > conv 6 3 pad 1 > relu > skip(conv 6 3 pad 1 > relu) > globalpool max"


def picture_network(line: str, side: int, *, seed: int = 1) -> Network:
    """Random weights, and norms that have seen something: with means 0 and variances 1 a fault would not show."""
    spec = ImageInput(channels=3, height=side, width=side, mean=(0.5, 0.4, 0.3), std=(0.2, 0.25, 0.3))
    return unsettle(build(plan_network(line, (3, side, side), outputs=10), spec, seed=seed), seed)


def signal_network() -> Network:
    """A network on (N, 2, 64) signals."""
    spec = SignalInput(channels=2, length=64, mean=(0.5, 0.4), std=(0.2, 0.25))
    return unsettle(build(plan_network(SIGNAL, spec.shape, outputs=4), spec, seed=3), 3)


def text_network() -> Network:
    """A network on texts of 12 words out of 30."""
    spec = TextInput(unit="word", length=12, vocabulary=tuple(f"w{i}" for i in range(28)))
    return unsettle(build(plan_network(TEXT, spec.shape, outputs=3), spec, seed=4), 4)


def unsettle(network: Network, seed: int) -> Network:
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            assert module.running_mean is not None and module.running_var is not None
            module.running_mean.normal_(generator=generator)
            module.running_var.uniform_(0.5, 2.0, generator=generator)
        if isinstance(module, nn.modules.batchnorm._BatchNorm | nn.GroupNorm):
            nn.init.normal_(module.weight, 1.0, 0.3, generator=generator)
            nn.init.normal_(module.bias, 0.0, 0.3, generator=generator)
        elif isinstance(module, nn.Conv1d | nn.Conv2d | nn.Linear) and module.bias is not None:
            nn.init.normal_(module.bias, 0.0, 0.1, generator=generator)
    return network


NETWORKS: dict[str, tuple[Callable[[], Network], tuple[int, ...]]] = {
    "lenet5": (lambda: picture_network("lenet5", 32), (3, 32, 32)),
    "bn-vgg": (lambda: picture_network(VGG, 20), (3, 20, 20)),
    "resnet18": (lambda: picture_network("resnet18", 64), (3, 64, 64)),
    "pools": (lambda: picture_network(POOLS, 21), (3, 21, 21)),
    "everything": (lambda: picture_network(EVERYTHING, 24), (3, 24, 24)),
    "signal": (signal_network, (2, 64)),
}
