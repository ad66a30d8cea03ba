"""The reference of all published figures: COCO's own evaluation, as pycocotools keeps it."""

import contextlib
import io

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SIZES = ("all", "small", "medium", "large")  # by area: up to 32^2, up to 96^2, above; the order of the library


def coco_precision(found: NDArray[np.floating], truth: NDArray[np.floating], *, n_classes: int) -> Floats:
    """Give the average precision (T, K, 4) at T = 10 overlaps, for K classes, of objects of all sizes and of each.

    `found` (N, D, 6) and `truth` (N, M, 5) are boxes in pixels of the originals, as catalogue and `find_boxes` have
    them. Not-a-number where no true box is of a class and size.
    """
    with contextlib.redirect_stdout(io.StringIO()):  # the library prints what it does
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval

        known = COCO()
        known.dataset = _describe(truth, n_classes)
        known.createIndex()
        rows = _list_found(found)
        if not len(known.anns) or not len(rows):
            return _nothing_found(truth, n_classes)
        judged = COCOeval(known, known.loadRes(rows), "bbox")
        judged.params.maxDets = [found.shape[1]]
        judged.evaluate()
        judged.accumulate()
    precision: Floats = judged.eval["precision"][..., 0]  # (T, recalls, K, sizes), -1 where there is no true box
    return np.where((precision < 0).all(1), np.nan, precision.mean(1))


def _describe(truth: NDArray[np.floating], n_classes: int) -> dict[str, list[dict[str, object]]]:
    """Write true boxes as a COCO data set; numbers of boxes begin at 1, since the library takes 0 for none."""
    annotations: list[dict[str, object]] = []
    for n, rows in enumerate(truth):
        for k, x0, y0, x1, y1 in rows[rows[:, 0] >= 0].tolist():
            box = [x0, y0, x1 - x0, y1 - y0]
            which = {"id": len(annotations) + 1, "image_id": n, "category_id": int(k)}
            annotations.append({**which, "bbox": box, "area": box[2] * box[3], "iscrowd": 0})
    pictures: list[dict[str, object]] = [{"id": n} for n in range(len(truth))]
    return {"images": pictures, "annotations": annotations, "categories": [{"id": k} for k in range(n_classes)]}


def _list_found(found: NDArray[np.floating]) -> Floats:
    """(N, D, 6) -> rows of picture, x0, y0, width, height, score, class."""
    n, d = np.nonzero(found[..., 4] > 0)
    x0, y0, x1, y1, score, label = found[n, d].astype(np.float64).T
    return np.stack([n, x0, y0, x1 - x0, y1 - y0, score, label], axis=1)


def _nothing_found(truth: NDArray[np.floating], n_classes: int) -> Floats:
    """Give 0 for the classes and sizes of which there are true boxes."""
    rows = truth[truth[..., 0] >= 0]
    areas = (rows[:, 3] - rows[:, 1]) * (rows[:, 4] - rows[:, 2])
    bounds = ((0, np.inf), (0, 32**2), (32**2, 96**2), (96**2, np.inf))
    there = [[((rows[:, 0] == k) & (areas >= a) & (areas <= b)).any() for a, b in bounds] for k in range(n_classes)]
    return np.where(np.array(there)[None], 0.0, np.nan).repeat(10, axis=0)
