"""Boxes that follow their pictures: where an object lies after its picture was shifted, scaled, mirrored or cut."""

import torch
from torch import Tensor

LEAST = 0.3  # of an object's area that must be left in the picture, or its box is dropped


def move_boxes(boxes: Tensor, maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Move boxes (N, M, 5) as maps (N, 2, 3) move pictures of `size` (H, W): class, x0, y0, x1, y1; class -1 is none.

    A map gives the source pixel of (x, y, 1), as `kernels.resample` takes it: its inverse moves a box's corners, whose
    hull is the new box (larger than the object after a rotation). Boxes are cut at the borders, and dropped where less
    than LEAST of their area is left.

    >>> shifted = torch.tensor([[[1.0, 0, -1], [0, 1, 0]]])
    >>> move_boxes(torch.tensor([[[0.0, 1, 0, 3, 2]]]), shifted, (4, 4)).tolist()
    [[[0.0, 2.0, 0.0, 4.0, 2.0]]]
    """
    turn, shift = maps[:, :, :2].double(), maps[:, :, 2].double()
    back = torch.linalg.inv(turn)  # (N, 2, 2)
    corners = boxes[..., [1, 2, 3, 2, 1, 4, 3, 4]].double().unflatten(2, (4, 2)) - 0.5  # edges to places of pixels
    moved = torch.einsum("nij,nmcj->nmci", back, corners - shift[:, None, None]) + 0.5  # (N, M, 4, 2)
    hull = torch.cat([moved.amin(2), moved.amax(2)], dim=2)
    whole = hull.new_tensor([0, 0, size[1], size[0]]).expand(len(boxes), 4)
    return cut_boxes(boxes[..., 0], hull, whole).to(boxes.dtype)


def cut_boxes(labels: Tensor, hull: Tensor, windows: Tensor) -> Tensor:
    """Cut boxes (N, M, 4) of labels (N, M) at windows (N, 4); drop what loses most of its area: (N, M, 5)."""
    least, most = windows[:, None, [0, 1, 0, 1]], windows[:, None, [2, 3, 2, 3]]
    cut = torch.minimum(torch.maximum(hull, least), most)
    area = (hull[..., 2:] - hull[..., :2]).prod(-1)
    left = (cut[..., 2:] - cut[..., :2]).prod(-1)
    there = (labels >= 0) & (left > LEAST * area)
    gone = torch.cat([torch.full_like(labels, -1)[..., None], torch.zeros_like(cut)], dim=2)
    return torch.where(there[..., None], torch.cat([labels[..., None], cut], dim=2), gone)
