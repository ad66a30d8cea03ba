"""What decoding a source gives: the pictures that could be used, and what became of the others."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from striate.records import ImageInput, InputSpec, Notice, Refusal

Settle: TypeAlias = Callable[[NDArray[np.bool_]], tuple[NDArray[Any], InputSpec, tuple[Notice, ...]]]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Decoded:
    """M usable examples, their inputs (M, ...) as `spec` describes them, of the N listed.

    `targets` (M, ...) are those that had to be fitted with their pictures (boxes, masks), in the form of
    `Catalogue.targets`; None: the listing's. `kept` (M,) int64 counts into the listing; `sizes` (M, d) int32 are the
    original sizes, such as (height, width) after EXIF; `digests` are those of the content before it was scaled.
    Of texts `texts` (M,) holds what they say, and `inputs` waits for the split: `settle` makes inputs, specification
    and notices when it is told which examples (M,) are learned from.
    """

    kept: NDArray[np.int64]
    inputs: NDArray[Any]
    targets: NDArray[Any] | None = None
    spec: InputSpec
    sizes: NDArray[np.int32]
    digests: tuple[str, ...]
    refusals: tuple[Refusal, ...]
    notices: tuple[Notice, ...]
    texts: tuple[str, ...] = ()
    settle: Settle | None = None


def plain_image(pictures: NDArray[np.uint8]) -> ImageInput:
    """Describe pictures (N, C, H, W) that are not normalised yet."""
    channels, height, width = pictures.shape[1:]
    return ImageInput(channels=channels, height=height, width=width, mean=(0.0,) * channels, std=(1.0,) * channels)
