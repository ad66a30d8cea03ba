"""What all input layers have in common: a specification, and a way to bring raw content to its form."""

from torch import Tensor, nn

from striate.recipe import Augmentation
from striate.records import InputSpec


class InputLayer(nn.Module):
    """The first layer of every network; `spec` says what it takes."""

    spec: InputSpec

    def fit(self, x: Tensor) -> Tensor:
        """Bring raw content (N, ...) to the form of the specification, still not normalised; here it has it already."""
        return x

    def follow(self, settings: Augmentation) -> None:
        """Take over, for training, the disturbances that can only be done in this layer; here there are none."""
