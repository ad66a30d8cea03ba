"""A stretch of a network on the native kernels: reads the tensors of the layers it stands for, has none itself."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from striate.kernels.line import line
from striate.kernels.program import takes_pairs, write_program
from striate.notation import Layer

MOMENTUM = 0.1  # share of the batch's statistics in the running ones, as in torch's own norms


class NativeLine:
    """Layers that follow one another in `network`, as one program; moves the running statistics of norms in training.

    Knows modules and names rather than tensors, since moving a network to another type makes new ones.
    """

    def __init__(self, network: nn.Module, layers: Sequence[Layer]) -> None:
        program = write_program(layers)
        self.network, self.numbers, self.output_shape = network, program.numbers, layers[-1].output_shape
        self.shortens = any(map(takes_pairs, program.steps))
        self.places = [_place(network, name) for name in program.names]
        self.sizes = [count for step in program.norms for count in (step.channels, step.channels)]
        self.norms = [_place(network, program.names[step.weight])[0] for step in program.norms]

    def __call__(self, x: Tensor) -> Tensor:
        """(N, C, *spatial) -> what the last layer makes, (N, F, *spatial) or (N, K)."""
        training = self.network.training
        tensors = [getattr(module, name) for module, name in self.places]
        if x.dtype == torch.bfloat16:  # from a layer of PyTorch's under autocast
            x = x.float()
        short = torch.is_autocast_enabled("cpu") and torch.get_autocast_dtype("cpu") == torch.bfloat16
        threads = torch.get_num_threads()
        made, statistics = line(x, tensors, self.numbers, training=training, bfloat16=short, threads=threads)
        if training and self.norms:
            self._follow(statistics.detach())
        return made.reshape(len(x), *self.output_shape)

    @torch.no_grad()
    def _follow(self, statistics: Tensor) -> None:
        """Move running means and variances towards those of the batch."""
        running: list[Tensor] = [t for norm in self.norms for t in (norm.running_mean, norm.running_var)]  # type: ignore[misc]
        torch._foreach_lerp_(running, list(statistics.split(self.sizes)), MOMENTUM)
        torch._foreach_add_([norm.num_batches_tracked for norm in self.norms], 1)  # type: ignore[misc]


def _place(network: nn.Module, name: str) -> tuple[nn.Module, str]:
    owner, _, own_name = name.rpartition(".")
    return network.get_submodule(owner), own_name
