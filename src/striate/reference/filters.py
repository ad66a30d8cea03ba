"""Fixed filters: edges, blur, sharpening; kernels written by hand, as they were before they were learned."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from striate.errors import ShapeError
from striate.reference.border import Array, floats, maps
from striate.reference.convolution import conv, conv_backward


def edge_kernel(dims: int = 2) -> Array:
    """Return the 3**dims kernel that answers where a pixel differs from its surroundings: sum 0.

    >>> edge_kernel().tolist()
    [[-1.0, -1.0, -1.0], [-1.0, 8.0, -1.0], [-1.0, -1.0, -1.0]]
    """
    return np.where(_steps_from_centre(dims) == 0, 3.0**dims - 1, -1.0)


def blur_kernel(dims: int = 2) -> Array:
    """Return the 3**dims kernel that takes the mean of a pixel and its neighbours: sum 1.

    >>> blur_kernel(1).round(3).tolist()
    [0.333, 0.333, 0.333]
    """
    return np.full((3,) * dims, 1 / 3**dims)


def sharpen_kernel(dims: int = 2) -> Array:
    """Return the 3**dims kernel that adds to a pixel its difference from the 2 dims face neighbours: sum 1.

    >>> sharpen_kernel().tolist()
    [[0.0, -1.0, 0.0], [-1.0, 5.0, -1.0], [0.0, -1.0, 0.0]]
    """
    return np.choose(np.minimum(_steps_from_centre(dims), 2), [2.0 * dims + 1, -1.0, 0.0])


def filter_map(x: ArrayLike, kernel: ArrayLike) -> Array:
    """Apply one kernel (3, ...) to each channel of x (N, C, *in) on its own, 0 outside -> (N, C, *in).

    Raises ShapeError where the kernel is not 3 long on every spatial dimension of x.

    >>> filter_map([[[1, 1, 4]]], edge_kernel(1)).tolist()
    [[[1.0, -3.0, 7.0]]]
    """
    x = maps(x)
    return conv(x, _each_channel(x, kernel), padding=1, groups=x.shape[1])


def filter_map_backward(grad: ArrayLike, x: ArrayLike, kernel: ArrayLike) -> Array:
    """Carry grad (N, C, *in) back to grad_x (N, C, *in); the kernel is fixed and gets none.

    Raises ShapeError as `filter_map` does, and where grad has not the shape of x.

    >>> filter_map_backward([[[1, 0, 0]]], [[[1, 1, 4]]], edge_kernel(1)).tolist()
    [[[2.0, -1.0, 0.0]]]
    """
    x = maps(x)
    return conv_backward(grad, x, _each_channel(x, kernel), padding=1, groups=x.shape[1])[0]


def _each_channel(x: Array, kernel: ArrayLike) -> Array:
    kernel, dims = floats(kernel), x.ndim - 2
    if kernel.shape != (3,) * dims:
        raise ShapeError(
            f"kernel must be {(3,) * dims} for x {x.shape}",
            got=f"{kernel.shape}",
            fix=f"build it for {dims} dimensions",
        )
    return np.broadcast_to(kernel, (x.shape[1], 1, *kernel.shape))


def _steps_from_centre(dims: int) -> NDArray[np.int_]:
    steps: NDArray[np.int_] = np.abs(np.indices((3,) * dims) - 1).sum(0)
    return steps
