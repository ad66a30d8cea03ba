"""What the reference refuses, word for word, and what it is made of."""

import ast
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from striate import reference as R
from striate.errors import ShapeError, StriateError, UsageError

x1, x2 = np.ones((2, 4, 5)), np.ones((2, 4, 5, 6))

ALLOWED = {"numpy", "collections", "dataclasses", "functools", "math", "typing"}
OWN = ("striate.errors", "striate.reference")

REFUSALS: list[tuple[Callable[[], Any], type[StriateError], str]] = [
    (
        lambda: R.conv(np.ones((4, 5)), np.ones((1, 5))),
        ShapeError,
        "x must be (N, C, *in), got shape (4, 5); add the missing axes, e.g. x[None, None]",
    ),
    (
        lambda: R.conv(x2, np.ones((3, 4, 3))),
        ShapeError,
        "weight (F, C/groups, *k) must have the dimensions of x (N, C, *in), "
        "got weight (3, 4, 3), x (2, 4, 5, 6); reshape the one that is wrong",
    ),
    (
        lambda: R.conv(x1, np.ones((3, 1, 3)), groups=3),
        ShapeError,
        "channels must divide into groups, got channels=4, groups=3; use groups from [1, 2, 4]",
    ),
    (
        lambda: R.conv(x1, np.ones((3, 2, 3)), groups=2),
        ShapeError,
        "filters must divide into groups, got filters=3, groups=2; use groups from [1, 3]",
    ),
    (
        lambda: R.conv(x1, np.ones((4, 4, 3)), groups=2),
        ShapeError,
        "weight.shape[1] = channels / groups must hold, got 4, channels=4, groups=2; use weight (F, 2, *k)",
    ),
    (
        lambda: R.conv(x1, np.ones((3, 4, 4)), dilation=3),
        ShapeError,
        "window <= input + 2 padding must hold, got window=10 (size=4, dilation=3), input=5, padding=0; "
        "use a smaller size or padding 3",
    ),
    (
        lambda: R.conv(x1, np.ones((3, 4, 3)), np.ones(4)),
        ShapeError,
        "bias must have shape (3,), got (4,); reshape it, or the others",
    ),
    (
        lambda: R.conv_backward(np.ones((2, 3, 5)), x1, np.ones((3, 4, 3))),
        ShapeError,
        "grad must have shape (2, 3, 3), got (2, 3, 5); reshape it, or the others",
    ),
    (
        lambda: R.maxpool(x2, (2, 2, 2)),
        ShapeError,
        "size must have one value for all spatial dimensions or one each, got size=(2, 2, 2) for 2; "
        "use one int or 2 of them",
    ),
    (lambda: R.maxpool(x2, 2, stride=0), ShapeError, "stride >= 1 must hold, got stride=0; use 1 or more"),
    (
        lambda: R.avgpool(x2, 2, padding=-1),
        ShapeError,
        "padding >= 0 must hold, got padding=-1; use 0 or more",
    ),
    (
        lambda: R.maxpool(x1, 3, padding=3),
        ShapeError,
        "padding < window must hold, and every window touch the input, "
        "got padding=(3,), window=(3,), dilation=(1,), input=(5,); use padding below 3",
    ),
    (
        lambda: R.maxpool(x1[..., :1], 2, stride=1, padding=4, dilation=5),
        ShapeError,
        "padding < window must hold, and every window touch the input, "
        "got padding=(4,), window=(6,), dilation=(5,), input=(1,); use less padding or dilation",
    ),
    (
        lambda: R.globalpool(x1, "maxx"),  # type: ignore[arg-type]
        UsageError,
        "kind must be one of ('avg', 'max'), got 'maxx'; did you mean max?",
    ),
    (
        lambda: R.upsample(x1, 2, "cubic"),  # type: ignore[arg-type]
        UsageError,
        "kind must be one of ('nearest', 'bilinear'), got 'cubic'; choose from nearest, bilinear",
    ),
    (
        lambda: R.flatten(3.0),
        ShapeError,
        "x must be (N, *rest), got shape (); add the batch axis, x[None]",
    ),
    (
        lambda: R.dense(np.ones((2, 3)), np.ones((5, 4))),
        ShapeError,
        "x (N, I) and weight (O, I) must share I, got x (2, 3), weight (5, 4); "
        "flatten x, or use a weight of as many columns",
    ),
    (
        lambda: R.dropout([1.0], [1], 1.0),
        UsageError,
        "0 <= rate < 1 must hold, got rate=1.0; use the share to drop, e.g. 0.5",
    ),
    (
        lambda: R.dropout(np.ones((2, 3)), np.ones(2), 0.5),
        ShapeError,
        "mask must broadcast to (2, 3), got (2,); use the shape of x",
    ),
    (
        lambda: R.batchnorm(x1, np.ones(4), np.ones(4), mean=np.ones(4)),
        ShapeError,
        "mean and variance go together, got only one of them; give both or neither",
    ),
    (
        lambda: R.batchnorm([1.0], [1], [1]),
        ShapeError,
        "x must be (N, C, *in), got shape (1,); add the missing axes",
    ),
    (
        lambda: R.track_statistics([[1.0]], [0], [1]),
        ShapeError,
        "a channel must hold two values or more, got x (1, 1); use more data",
    ),
    (
        lambda: R.groupnorm(x1, np.ones(4), np.ones(4), groups=0),
        ShapeError,
        "channels must divide into groups, got channels=4, groups=0; use groups from [1, 2, 4]",
    ),
    (
        lambda: R.filter_map(x1, R.edge_kernel(2)),
        ShapeError,
        "kernel must be (3,) for x (2, 4, 5), got (3, 3); build it for 1 dimensions",
    ),
    (
        lambda: R.cross_entropy([1.0, 2.0], [0]),
        ShapeError,
        "logits must be (N, K) and not empty, got shape (2,); use one row an example",
    ),
    (
        lambda: R.cross_entropy([[1.0, 2.0]], [0.5]),
        ShapeError,
        "target must be (1,) whole numbers, got shape (1,) of float64; use one class index an example",
    ),
    (
        lambda: R.cross_entropy([[1.0, 2.0]], [2]),
        ShapeError,
        "0 <= target < 2 classes must hold, got 2 to 2; count classes from 0",
    ),
    (
        lambda: R.cross_entropy([[1.0, 2.0]], [1], smoothing=2),
        UsageError,
        "0 <= smoothing <= 1 must hold, got smoothing=2; use e.g. 0.1",
    ),
    (
        lambda: R.mean_squared_error([], []),
        ShapeError,
        "prediction must not be empty, got shape (0,); give one example or more",
    ),
    (
        lambda: R.sgd([1.0, 2.0], [1.0], [1.0, 2.0], rate=1),
        ShapeError,
        "grad must have shape (2,), got (1,); reshape it, or the others",
    ),
    (
        lambda: R.adam([1.0], [1.0], [0.0], [0.0], step=0, rate=1),
        UsageError,
        "step >= 1 must hold, got step=0; count steps from 1",
    ),
    (
        lambda: R.match(np.ones((4, 4)), np.ones(3)),
        ShapeError,
        "picture and feature must have the same dimensions, and elements, got (4, 4) and (3,); "
        "match one channel at a time",
    ),
    (
        lambda: R.overlay(np.ones((1, 1, 3, 2)), (5,)),
        ShapeError,
        "patches must have shape (1, 1, 4, 2), got (1, 1, 3, 2); reshape it, or the others",
    ),
]


@pytest.mark.parametrize(("call", "kind", "message"), REFUSALS, ids=[row[2].split(",")[0] for row in REFUSALS])
def test_refusals_name_rule_received_and_remedy(
    call: Callable[[], Any], kind: type[StriateError], message: str
) -> None:
    with pytest.raises(kind) as caught:
        call()
    assert str(caught.value) == message


def test_all_names_exist_and_show_a_running_example() -> None:
    assert sorted(R.__all__) == list(R.__all__)
    for name in R.__all__:
        assert ">>> " in (inspect.getdoc(getattr(R, name)) or ""), name


def test_it_imports_nothing_but_numpy_and_the_errors() -> None:
    assert R.__file__ is not None
    files = sorted(Path(R.__file__).parent.glob("*.py"))
    assert len(files) > 10
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.split(".")[0] in ALLOWED or name.startswith(OWN), (file.name, name)


def test_lists_whole_numbers_and_tensors_are_welcome() -> None:
    import torch

    assert R.relu([-1, 2]).dtype == np.float64
    assert R.relu(torch.tensor([-1.0, 2.0])).tolist() == [0, 2]
    assert R.maxpool(np.ones((1, 1, 4, 4), dtype=np.uint8), np.int64(2)).shape == (1, 1, 2, 2)  # type: ignore[arg-type]
    assert R.conv(np.zeros((0, 2, 5)), np.ones((3, 2, 3))).shape == (0, 3, 3)


def test_an_empty_batch_passes_through() -> None:
    none = np.ones((0, 2, 4))
    assert R.globalpool_backward(R.globalpool(none, "max"), none, "max").shape == none.shape
    assert R.maxpool_backward(R.maxpool(none, 2), none, 2).shape == none.shape
    assert R.flatten_backward(R.flatten(none), none).shape == none.shape
    assert R.upsample_backward(R.upsample(none, 2), none, 2).shape == none.shape
    assert R.conv_backward(np.ones((0, 3, 2)), none, np.ones((3, 2, 3)))[0].shape == none.shape
