"""What decoding a source gives: the pictures that could be used, and what became of the others."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from striate.records import Notice, Refusal


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Decoded:
    """M usable pictures (M, C, H, W) uint8 of the N examples listed.

    `kept` (M,) int64 counts into the listing; `sizes` (M, 2) int32 are the original (height, width) after EXIF;
    `digests` are those of the pictures before they were scaled.
    """

    kept: NDArray[np.int64]
    pictures: NDArray[np.uint8]
    sizes: NDArray[np.int32]
    digests: tuple[str, ...]
    refusals: tuple[Refusal, ...]
    notices: tuple[Notice, ...]
