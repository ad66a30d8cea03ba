"""All training choices in one frozen record, and the functions that choose them from the data."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args, get_type_hints

from striate.errors import UsageError, nearest
from striate.kinds import Modality, TaskName

Optimizer = Literal["muon", "sgd", "adamw"]
Schedule = Literal["onecycle", "linear", "cosine", "trapezoid", "constant"]
FirstLayer = Literal["learned", "whitened"]
Flip = Literal["off", "random", "alternating", "dihedral"]


ADAMW_RATE = 0.002
EPOCHS, TARGET_EPOCHS = 6, 16  # of large sets, without and with a target; a target mostly ends it far earlier
WARMUP_EPOCHS = 0.3
LARGE = 20_000  # training pictures from which a set counts as large
RANGES: dict[str, tuple[float, float]] = {
    "epochs": (1, 100_000),
    "most_epochs": (1, 100_000),
    "batch": (1, 65_536),
    "rate": (1e-9, 100),
    "matrix_rate": (1e-9, 100),
    "momentum": (0, 0.9999),
    "weight_decay": (0, 10),
    "warmup": (0, 0.9),
    "smoothing": (0, 0.9),
    "ema": (0, 0.99999),
    "clip": (0, 1e6),
    "patience": (0, 100_000),
    "shift": (0, 1),
    "rotate": (0, 180),
    "scale": (0, 0.9),
    "crop": (0, 0.95),
    "cutout": (0, 1),
    "mixup": (0, 100),
    "cutmix": (0, 100),
    "mosaic": (0, 1),
    "brightness": (0, 1),
    "contrast": (0, 1),
    "saturation": (0, 1),
    "hue": (0, 180),
    "noise": (0, 1),
    "speed": (0, 0.5),
    "filter": (0, 40),
    "mask_time": (0, 0.9),
    "mask_bands": (0, 0.9),
    "forget": (0, 0.9),
    "warp": (0, 0.9),
}
YES_NO: dict[str, Flip] = {
    **dict.fromkeys(("yes", "true", "on", "1"), "random"),
    **dict.fromkeys(("no", "false", "0"), "off"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Augmentation:
    """How far a training picture may be disturbed; each amount is drawn evenly from [-amount, amount] for each picture.

    flip: left-right with probability 1/2; alternating: half of the pictures in one epoch, all others in the next;
    dihedral: one of the eight ways to lay a square (mirrored or not, turned by quarters), or of the four for an oblong.
    shift: share of each side, in whole pixels. rotate: degrees. scale: share of size (0.1 means 0.9 to 1.1).
    crop: share of the area that is cut away at most; the rest fills the picture. cutout: side of a black square as a
    share of each side. mixup, cutmix: a of Beta(a, a), from which the share of another picture is drawn (0: off).
    mosaic: share of pictures that are put together of four, where boxes are looked for.
    brightness: share added. contrast: share about the picture's mean. saturation: share about grey. hue: degrees on
    the circle of colours. noise: standard deviation, in [0, 1] units.
    What enters the picture is black, like the borders of the letterbox.

    Of a sound, shift is a share of its length, and noise at most that share of its own loudness (root mean square).
    speed: share, pitch with it. filter: decibels by which some bands are louder or softer. mask_time, mask_bands: the
    longest stretch that is struck out of its spectrogram, as a share of all frames and of all bands. What enters is
    silence.
    Of a text, forget: share of its words that become the unknown word. Of a signal, shift: share of its length. warp:
    share by which its time runs faster or slower, smoothly changing along it. scale: share of its values, a channel
    each. noise: standard deviation, as a share of the signal's own. cutout: share of its length that goes missing.
    """

    flip: Flip = "off"
    shift: float = 0.0
    rotate: float = 0.0
    scale: float = 0.0
    crop: float = 0.0
    cutout: float = 0.0
    mixup: float = 0.0
    cutmix: float = 0.0
    mosaic: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    hue: float = 0.0
    noise: float = 0.0
    speed: float = 0.0
    filter: float = 0.0
    mask_time: float = 0.0
    mask_bands: float = 0.0
    forget: float = 0.0
    warp: float = 0.0

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            if field.name in RANGES:
                _expect_range(field.name, getattr(self, field.name))
        if self.flip not in get_args(Flip):
            raise UsageError(
                f"flip must be one of {', '.join(get_args(Flip))}", got=repr(self.flip), fix="write flip=random"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe(Augmentation):
    """How a network is trained, beside how its pictures are disturbed.

    `epochs` passes over the training split, with a time budget as many as it holds and `most_epochs` at most, in
    batches of `batch` pictures · `optimizer` with peak learning `rate` and
    `momentum`, `matrix_rate` for the weights that muon updates (a share of their first norm a step) · `weight_decay`
    (not on norms and biases) · `first_layer` learned, or whitened: filters made from the training pictures that stay as
    they are, where the network begins with a convolution of enough features · `schedule` with the first `warmup` share
    of all steps rising · label `smoothing` · weights averaged with `ema` decay a step (0: off) · gradient norm `clip`
    (0: off) · training ends after `patience` epochs without a better validation (0: never).
    """

    name: str
    epochs: int
    most_epochs: int = 200
    batch: int
    optimizer: Optimizer = "muon"
    rate: float = 0.1
    matrix_rate: float = 0.06
    momentum: float = 0.9
    weight_decay: float = 0.0
    first_layer: FirstLayer = "learned"
    schedule: Schedule = "linear"
    warmup: float = 0.1
    smoothing: float = 0.1
    ema: float = 0.0
    clip: float = 0.0
    patience: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What network and recipe are chosen from.

    How many training examples, whether the network has normalisation layers, what is to be learned from what, the
    size of the inputs without their channels, such as (height, width), and the
    limits that were typed: minutes for everything, a validation accuracy that ends training (None: no such limit).
    `flip` says how pictures may be laid without looking unlike any other (train/symmetry), where that was measured.
    """

    n_train: int
    normed: bool
    task: TaskName = "classification"
    modality: Modality = "image"
    size: tuple[int, ...] = (28, 28)
    minutes: float | None = None
    target: float | None = None
    flip: Flip = "off"


def change(recipe: Recipe, settings: Mapping[str, str | int | float | bool]) -> Recipe:
    """Give the recipe with some settings changed; values may be text, as typed after `--set`.

    A change of `optimizer` to adamw brings its own rate, unless that is set too.
    Raises UsageError for an unknown setting (with the nearest names), a value of another kind, or one out of range.

    >>> change(Recipe(name="fast", epochs=8, batch=128), {"rate": "0.1", "flip": "yes"}).rate
    0.1
    """
    kinds = get_type_hints(Recipe)
    known = [field.name for field in dataclasses.fields(Recipe) if field.name != "name"]
    changed: dict[str, object] = {}
    for key, value in settings.items():
        if key not in known:
            raise UsageError("a setting must be one of the recipe", got=repr(key), fix=nearest(key, known))
        changed[key] = _read(key, kinds[key], value)
    if changed.get("optimizer") == "adamw":
        changed = {"rate": ADAMW_RATE, **changed}
    return dataclasses.replace(recipe, **changed)  # type: ignore[arg-type]


def _read(key: str, kind: object, value: str | int | float | bool) -> object:
    if kind is int or kind is float:
        return _read_number(key, kind, value)
    choices = get_args(kind)
    if kind == Flip:
        value = YES_NO.get(str(value).lower(), value)
    if value not in choices:
        raise UsageError(
            f"{key} must be one of {', '.join(choices)}", got=repr(value), fix=nearest(str(value), choices)
        )
    return value


def _read_number(key: str, kind: type, value: str | int | float) -> int | float:
    try:
        number = float(value)
    except ValueError:
        raise UsageError(f"{key} is a number", got=repr(value), fix=f"write {key}={RANGES[key][0]:g}, say") from None
    if kind is int and number != number // 1:
        raise UsageError(f"{key} must be a whole number", got=repr(value), fix=f"write {key}={RANGES[key][0]:g}, say")
    return int(number) if kind is int else number


def _expect_range(key: str, value: float) -> None:
    low, high = RANGES[key]
    if not low <= value <= high:  # not-a-number, too
        rule = f"{key} must be a number from {low:g} to {high:g}"
        raise UsageError(rule, got=f"{key}={value:g}", fix="use one in this range")
