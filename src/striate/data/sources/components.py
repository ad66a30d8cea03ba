"""Boxes around what hangs together in a mask, for detection on data that has masks alone."""

import numpy as np
from numpy.typing import NDArray

from striate.data.listing import VOID


def box_regions(mask: NDArray[np.uint8], *, background: int | None) -> NDArray[np.float64]:
    """Give (m, 5) class, x0, y0, x1, y1 of the connected regions of each class but the background in a mask (H, W).

    Pixels that touch at a corner belong together; x1 and y1 are exclusive. Sorted, as other boxes are.

    >>> box_regions(np.array([[0, 1, 0], [1, 0, 2]], np.uint8), background=0).tolist()
    [[1.0, 0.0, 0.0, 2.0, 2.0], [2.0, 2.0, 1.0, 3.0, 2.0]]
    """
    from scipy import ndimage

    rows = []
    for place in np.unique(mask).tolist():
        if place not in (background, VOID):
            regions, _ = ndimage.label(mask == place, structure=np.ones((3, 3)))
            rows += [(place, x.start, y.start, x.stop, y.stop) for y, x in ndimage.find_objects(regions)]
    return np.array(sorted(rows), np.float64).reshape(-1, 5)
