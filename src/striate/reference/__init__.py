"""The arithmetic of every layer in plain NumPy, float64, forward and backward, any number of dimensions.

It defines what the network computes: PyTorch and our kernels are held to it, `explain` shows its numbers.
"""

from striate.reference.activation import (
    gelu,
    gelu_backward,
    leaky,
    leaky_backward,
    log_softmax,
    log_softmax_backward,
    relu,
    relu_backward,
    sigmoid,
    sigmoid_backward,
    silu,
    silu_backward,
    softmax,
    softmax_backward,
    tanh,
    tanh_backward,
)
from striate.reference.convolution import conv, conv_backward
from striate.reference.embedding import embed, embed_backward
from striate.reference.filters import (
    blur_kernel,
    edge_kernel,
    filter_map,
    filter_map_backward,
    sharpen_kernel,
)
from striate.reference.head import (
    dense,
    dense_backward,
    dropout,
    dropout_backward,
    flatten,
    flatten_backward,
    globalpool,
    globalpool_backward,
)
from striate.reference.loss import (
    cross_entropy,
    cross_entropy_backward,
    mean_squared_error,
    mean_squared_error_backward,
)
from striate.reference.norm import (
    batchnorm,
    batchnorm_backward,
    groupnorm,
    groupnorm_backward,
    track_statistics,
)
from striate.reference.optimiser import adam, sgd
from striate.reference.pool import avgpool, avgpool_backward, maxpool, maxpool_backward
from striate.reference.recurrent import recur, recur_backward
from striate.reference.resize import upsample, upsample_backward
from striate.reference.teaching import match, nudge, slope
from striate.reference.window import overlay, windows

__all__ = [
    "adam",
    "avgpool",
    "avgpool_backward",
    "batchnorm",
    "batchnorm_backward",
    "blur_kernel",
    "conv",
    "conv_backward",
    "cross_entropy",
    "cross_entropy_backward",
    "dense",
    "dense_backward",
    "dropout",
    "dropout_backward",
    "edge_kernel",
    "embed",
    "embed_backward",
    "filter_map",
    "filter_map_backward",
    "flatten",
    "flatten_backward",
    "gelu",
    "gelu_backward",
    "globalpool",
    "globalpool_backward",
    "groupnorm",
    "groupnorm_backward",
    "leaky",
    "leaky_backward",
    "log_softmax",
    "log_softmax_backward",
    "match",
    "maxpool",
    "maxpool_backward",
    "mean_squared_error",
    "mean_squared_error_backward",
    "nudge",
    "overlay",
    "recur",
    "recur_backward",
    "relu",
    "relu_backward",
    "sgd",
    "sharpen_kernel",
    "sigmoid",
    "sigmoid_backward",
    "silu",
    "silu_backward",
    "slope",
    "softmax",
    "softmax_backward",
    "tanh",
    "tanh_backward",
    "track_statistics",
    "upsample",
    "upsample_backward",
    "windows",
]
