"""The verb `explain`: a model and one picture to why it answered so, layer by layer, with maps that were tested."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from striate.checkpoint import Loaded, load_model
from striate.data.decode.picture import Picture, decode
from striate.data.decode.quiet import quiet
from striate.errors import DataError, UsageError, nearest
from striate.explain.channels import slopes, top_channels, weigh_channels
from striate.explain.faithful import judge
from striate.explain.importance import METHODS, Question
from striate.explain.observe import Observation, expect_numbers, observe
from striate.explain.place import sees
from striate.explain.trace import trace_votes
from striate.explain.wiring import INPUT, find
from striate.notation import GlobalPool, Plan
from striate.records import Explanation, Importance, SeenLayer

CHANNELS = 8  # shown of each layer


def explain(
    model: Loaded | str | Path,
    picture: NDArray[np.uint8] | str | Path,
    *,
    methods: tuple[str, ...] | None = None,
    label: str | None = None,
    channels: int = CHANNELS,
    shuffle: bool = True,
    seed: int = 0,
) -> Explanation:
    """Say why a network answers what it does for one picture: a file, or (C, H, W) uint8, of any size and colour.

    `model` is a loaded one, a model file or a run folder.
    Importance maps by each of `methods` (names of METHODS; default: `suited_methods`) are for the class `label`
    (default: the answer); each layer shows the `channels` that matter most for it. `shuffle` False leaves out the test
    against shuffled networks, which costs most. Raises UsageError for an unknown method, class or a picture that is
    none, DataError for a file that is none, RunError for weights that hold a not-a-number.
    """
    model = model if isinstance(model, Loaded) else load_model(Path(model))
    picture = read_picture(Path(picture)) if isinstance(picture, str | Path) else picture
    pixels = fit(model, picture)
    seen = observe(model.network, pixels.requires_grad_(), gradients=True)
    still = seen.detach()
    chances = still.logits[0].double().softmax(0)
    order = chances.argsort(descending=True, stable=True).tolist()
    classes = model.info.classes
    k = order[0] if label is None else find_class(label, classes)
    return Explanation(
        label=classes[order[0]],
        explained=classes[k],
        probability=float(chances[order[0]]),
        probabilities=dict(zip(classes, chances.tolist(), strict=True)),
        votes=tuple(trace_votes(still, rival, classes) for rival in order[:2]),
        layers=view_layers(still, slopes(seen, k), channels),
        importances=tuple(
            importance(model, picture, method, label=classes[k], shuffle=shuffle, seed=seed)
            for method in (suited_methods(model.network.plan) if methods is None else methods)
        ),
    )


def suited_methods(plan: Plan) -> tuple[str, ...]:
    """Name the methods of one pass that suit a network: LayerCAM, and Grad-CAM where a global average makes it right.

    Where a head flattens the map, each cell has weights of its own, which Grad-CAM's mean over the map forgets.

    >>> from striate.notation import plan
    >>> suited_methods(plan("conv 4 3 > relu > globalpool", (1, 8, 8), outputs=2))
    ('layercam', 'gradcam')
    """
    average = [layer.operation for layer in plan.layers if layer.operation == GlobalPool("avg")]
    return ("layercam", "gradcam") if average else ("layercam",)


def importance(
    model: Loaded,
    picture: NDArray[np.uint8],
    method: str,
    *,
    label: str | None = None,
    layer: str | None = None,
    shuffle: bool = True,
    seed: int = 0,
) -> Importance:
    """Map which pixels of one picture (C, H, W) uint8 spoke for the class `label` (default: the answer), and judge it.

    `layer` overrides the choice of the method; see `faithful.judge` for the tests. Raises as `explain` does, and
    UsageError for a layer without a map.
    """
    if method not in METHODS:
        raise UsageError("a method must be known", got=repr(method), fix=nearest(method, METHODS))
    chosen, network = METHODS[method], model.network
    expect_numbers(network)
    pixels = fit(model, picture)
    with torch.no_grad():
        k = int(network(pixels).argmax()) if label is None else find_class(label, model.info.classes)
    layers = chosen.layers(network.plan) if layer is None else (_check_map(model, method, layer),)
    question = Question(network=network, pixels=pixels, k=k, layers=layers)
    values = chosen.compute(question)
    return Importance(
        method=method,
        layers=layers,
        label=model.info.classes[k],
        map=tuple(map(tuple, values.tolist())),
        faithfulness=judge(question, chosen, values, shuffle=shuffle, seed=seed),
    )


def read_picture(path: Path) -> NDArray[np.uint8]:
    """Decode a file to (C, H, W); raises DataError naming it, and why it cannot be used."""
    with quiet():
        picture = decode(path, str(path))
    if isinstance(picture, Picture):
        return picture.pixels
    got = f"{picture.name}, which {picture.reason}"
    raise DataError("every picture must be readable", got=got, fix="leave it out, or mend it")


def fit(model: Loaded, picture: NDArray[np.uint8]) -> Tensor:
    """(C, H, W) uint8 of any size and colour -> (1, C, H, W) in [0, 1], as the network sees it."""
    if picture.ndim != 3 or picture.dtype != np.uint8 or picture.shape[0] not in (1, 3) or not picture.size:
        shape = "x".join(map(str, picture.shape))
        raise UsageError("a picture is (1 or 3, H, W) uint8", got=f"{picture.dtype} {shape}", fix="decode it first")
    return model.network.input.fit(torch.from_numpy(np.ascontiguousarray(picture))[None]).float() / 255


def find_class(label: str, classes: tuple[str, ...]) -> int:
    """Give the number of a class; raises UsageError with the nearest names when there is none."""
    if label not in classes:
        raise UsageError("a class must be one of the model's", got=repr(label), fix=nearest(label, classes))
    return classes.index(label)


def view_layers(seen: Observation, steep: dict[str, Tensor], channels: int) -> tuple[SeenLayer, ...]:
    """Describe every layer in order of computation, each with the channels that matter most by the slopes `steep`."""
    return tuple(
        SeenLayer(
            name=name,
            text=INPUT if name == INPUT else find(seen.network.plan, name).layer.text,
            shape=tuple(values.shape[1:]),
            sees=sees(seen.network.plan, name, tuple(n // 2 for n in values.shape[2:])),
            low=float(values.min()),
            high=float(values.max()),
            channels=top_channels(values[0], weigh_channels(values[0], steep[name]), channels),
        )
        for name, values in seen.maps.items()
        if name in steep
    )


def _check_map(model: Loaded, method: str, layer: str) -> str:
    """Give the layer if the method can look at it; raises UsageError if not."""
    plan = model.network.plan
    if METHODS[method].layers(plan) == (INPUT,):
        raise UsageError(f"{method} looks at the pixels themselves", got=layer, fix="leave the layer out")
    if layer != INPUT and len(find(plan, layer).layer.output_shape) != 3:
        maps = ", ".join(METHODS["layercam"].layers(plan))
        raise UsageError("a layer must have a map", got=layer, fix=f"choose one such as {maps}")
    return layer
