"""How each task on each kind of content is trained unless told otherwise: from facts to a recipe. No torch here."""

import dataclasses
from collections.abc import Callable

from striate.kinds import Modality, TaskName
from striate.recipe import ADAMW_RATE, EPOCHS, LARGE, TARGET_EPOCHS, WARMUP_EPOCHS, Facts, Recipe


def fast(facts: Facts) -> Recipe:
    """Few epochs at a high rate, for small pictures from scratch.

    Validated on validation data (benchmarks/recipes.py); docs/train.md says what it does. Large sets and networks with
    normalisation take `_large`. Small sets get more epochs, smaller batches, and rotation and scale besides shifts;
    networks without normalisation get half the rate and twice the epochs. Pictures are not mirrored unless asked:
    letters and digits would suffer.
    """
    n = facts.n_train
    if facts.normed and n >= LARGE:
        return _large(facts)
    epochs = min(30, max(4, round(4 * (54_000 / n) ** 0.4)))
    batch = next((size for size, least in ((256, LARGE), (128, 5_000), (64, 2_000)) if n >= least), 32)
    small = n < LARGE
    return Recipe(
        name="fast",
        epochs=epochs if facts.normed else 2 * epochs,
        batch=batch if facts.normed else min(64, batch),
        rate=0.1 if facts.normed else 0.05,
        matrix_rate=0.06 if facts.normed else 0.03,
        ema=0.9975,
        shift=1 / 14,
        rotate=10.0 if small else 0.0,
        scale=0.1 if small else 0.0,
    )


def _large(facts: Facts) -> Recipe:
    """A whitened first layer, a rate that stays up for half of the time, and averaged weights, good at any moment.

    With a target the end is not known: the rate stays up for longer, and the average is judged several times an epoch.
    With minutes to fill, pictures are shifted a little; in few epochs shifts cost more than they give.
    """
    epochs = TARGET_EPOCHS if facts.target is not None else EPOCHS
    return Recipe(
        name="fast",
        epochs=epochs,
        batch=128,
        first_layer="whitened",
        schedule="trapezoid",
        warmup=WARMUP_EPOCHS / epochs,
        ema=0.9975,
        shift=0.04 if facts.minutes is not None and facts.target is None else 0.0,
    )


def sounds(facts: Facts) -> Recipe:
    """For spectrograms from scratch: sounds come earlier or later, faster or slower, with parts struck out.

    Validated on validation data; docs/sounds.md says what it does. Masks as in Park et al. 2019, arXiv:1904.08779.
    """
    n = facts.n_train
    return Recipe(
        name="sounds",
        epochs=min(60, max(6, round(20 * (2000 / n) ** 0.5))),
        batch=next((size for size, least in ((128, LARGE), (64, 1000)) if n >= least), 32),
        rate=0.1 if facts.normed else 0.05,
        matrix_rate=0.06 if facts.normed else 0.03,
        ema=0.9975,
        shift=0.1,
        speed=0.15,
        noise=0.1,
        mask_time=0.15,
        mask_bands=0.15,
    )


def clips(facts: Facts) -> Recipe:
    """Clips from scratch: few of them as a rule, so many epochs, and each clip moved a little as a whole.

    Not mirrored unless asked: from left to right may be what is to be told from right to left.
    """
    n = facts.n_train
    return Recipe(
        name="clips",
        epochs=min(40, max(6, round(8 * (5_000 / n) ** 0.5))),
        batch=32 if n >= 500 else 16,
        rate=0.05,
        matrix_rate=0.03,
        ema=0.99,
        shift=0.06,
        scale=0.05,
    )


def reading(facts: Facts) -> Recipe:
    """Texts in pictures, by CTC: AdamW, since a few large steps can teach a network to say nothing at all."""
    n = facts.n_train
    return Recipe(
        name="reading",
        epochs=min(60, max(8, round(12 * (8_000 / n) ** 0.5))),
        batch=32,
        optimizer="adamw",
        rate=ADAMW_RATE,
        warmup=0.1,
        clip=5.0,
        ema=0.99,
        shift=0.03,
        rotate=2.0,
        scale=0.05,
    )


def labels(facts: Facts) -> Recipe:
    """As for classes, but labels are taken at their word: smoothed ones would move every stated probability."""
    return dataclasses.replace(fast(facts), name="labels", smoothing=0.0)


def numbers(facts: Facts) -> Recipe:
    """As for classes, but no picture is moved, turned or scaled: that may be the very thing that is asked for.

    The rate is a twentieth: at that of classes the first steps overshot, where a map met the head, by ten spreads.
    """
    recipe = fast(facts)
    return dataclasses.replace(
        recipe, name="numbers", rate=recipe.rate / 20, smoothing=0.0, shift=0.0, rotate=0.0, scale=0.0
    )


def find(facts: Facts) -> Recipe:
    """Find objects from scratch: pictures mirrored, shifted and scaled, scores taken at their word.

    Without a limit, the fewer pictures the more epochs: some 100 of 200 pictures, 8 of 20,000.
    """
    epochs = min(150, max(8, round(100 * (200 / facts.n_train) ** 0.55)))
    return Recipe(
        name="find",
        epochs=epochs,
        batch=16,
        smoothing=0.0,
        ema=0.9975,
        flip="alternating",
        shift=0.1,
        scale=0.25,
    )


def outline(facts: Facts) -> Recipe:
    """Name every pixel, from scratch: laid in all ways that look alike, moved and scaled a little.

    Chosen on validation masks of cell nuclei: stronger disturbances, AdamW and twice the rates were all worse there.
    """
    return Recipe(
        name="outline",
        epochs=min(120, max(10, round(50 * (100 / facts.n_train) ** 0.5))),
        batch=8,
        rate=0.05,
        matrix_rate=0.03,
        smoothing=0.0,
        ema=0.99,
        flip=facts.flip,
        shift=0.06,
        scale=0.1,
    )


def texts(facts: Facts) -> Recipe:
    """Adam for the vectors of words, most of which few steps move; words are forgotten, and the end comes early."""
    epochs = min(40, max(3, round(10 * (5_000 / facts.n_train) ** 0.5)))
    return Recipe(
        name="texts",
        epochs=epochs,
        most_epochs=epochs,
        batch=64 if facts.n_train >= 2_000 else 16,
        optimizer="adamw",
        rate=0.003,
        ema=0.995,
        forget=0.1,
    )


def signals(facts: Facts) -> Recipe:
    """Many passes in small batches: signals are short, and sets of them small."""
    return Recipe(
        name="signals",
        epochs=min(200, max(10, round(100 * (100 / facts.n_train) ** 0.5))),
        batch=8 if facts.n_train < 500 else 32,
        optimizer="adamw",
        rate=0.002,
        ema=0.99,
        shift=0.1,
        scale=0.1,
        noise=0.05,
    )


RECIPES: dict[tuple[TaskName, Modality], Callable[[Facts], Recipe]] = {
    ("classification", "image"): fast,
    ("classification", "audio"): sounds,
    ("classification", "clip"): clips,
    ("transcription", "image"): reading,
    ("multilabel", "image"): labels,
    ("regression", "image"): numbers,
    ("detection", "image"): find,
    ("segmentation", "image"): outline,
    ("classification", "text"): texts,
    ("classification", "signal"): signals,
}


def choose_recipe(facts: Facts) -> Recipe:
    """Choose the recipe of a task on a kind of content; where none was made for both, that of its classes."""
    made = RECIPES.get((facts.task, facts.modality)) or RECIPES.get(("classification", facts.modality), fast)
    return made(facts)
