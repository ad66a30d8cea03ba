"""What simpler methods get on the same test sounds: a network's figure means nothing without them.

Three, from the plainest: always the commonest class; the class whose mean spectrogram is nearest; a linear classifier
on statistics of cepstral coefficients (MFCC), which was how sounds were told apart before networks.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from striate.data.catalogue import Catalogue
from striate.evaluate.baselines.hog import choose_by_class
from striate.evaluate.baselines.pictures import count_right
from striate.layers.inputs.audio import AudioInputLayer
from striate.records import AudioInput, Baseline

CHUNK = 256  # sounds heard at a time
LEARNED = 5000  # training sounds at most
COEFFICIENTS = 20
PENALTY = 0.1  # the C of the classifier
Floats = NDArray[np.float64]


def compare_sounds(catalogue: Catalogue, *, seed: int = 0) -> dict[str, Baseline]:
    """Train each simple method on the training split and count it right on the test split.

    `catalogue` holds sounds for classification. Each learns from at most 5,000 training sounds, drawn by class with
    `seed`; same catalogue, same figures.
    """
    spec = catalogue.spec
    assert isinstance(spec, AudioInput)
    train = np.flatnonzero(catalogue.splits == "train")
    train = train[choose_by_class(catalogue.targets[train], LEARNED, seed=seed)]
    test = np.flatnonzero(catalogue.splits == "test")
    labels, truth = catalogue.targets[train], catalogue.targets[test]
    commonest = np.bincount(labels, minlength=len(catalogue.classes)).argmax()
    layer = AudioInputLayer(spec).eval()
    means = _mean_by_class(hear(layer, catalogue.inputs, train), labels)
    nearest = np.concatenate([_nearest(part, means) for part in hear(layer, catalogue.inputs, test)])
    compared = np.unique(labels)[nearest]
    known, asked = (
        np.concatenate([describe(part) for part in hear(layer, catalogue.inputs, rows)]) for rows in (train, test)
    )
    answers = _answer_linearly(known, labels, asked)
    return {
        "majority": count_right("Always the commonest class", commonest == truth, len(train)),
        "mean_spectrogram": count_right("The nearest mean spectrogram", compared == truth, len(train)),
        "mfcc_linear": count_right("MFCC statistics + logistic regression", answers == truth, len(train)),
    }


def hear(layer: AudioInputLayer, sounds: NDArray[Any], rows: NDArray[np.intp]) -> Iterator[Floats]:
    """Yield the log-mel energies of the chosen sounds (M, T) int16, some at a time: (n, bands, frames)."""
    for part in np.array_split(rows, max(1, -(-len(rows) // CHUNK))):
        with torch.inference_mode():
            yield layer(torch.from_numpy(np.array(sounds[part])))[:, 0].double().numpy()


def describe(bands: Floats) -> Floats:
    """Log-mel energies (n, bands, frames) -> (n, 60): mean, spread and mean change of each cepstral coefficient.

    Coefficients are the first 20 of a cosine transform over the bands (Davis and Mermelstein 1980). Frames in which
    every band is as silent as the most silent one count for nothing: they are what was added to short sounds.
    """
    from scipy.fft import dct

    coefficients = dct(bands, axis=1, norm="ortho")[:, :COEFFICIENTS]  # (n, 20, frames)
    heard = (bands.max(axis=1) > bands.min(axis=(1, 2))[:, None] + 1e-3)[:, None].astype(np.float64)  # (n, 1, frames)
    mean = _average(coefficients, heard)
    spread = np.sqrt(_average((coefficients - mean[:, :, None]) ** 2, heard))
    change = _average(np.abs(np.diff(coefficients, axis=2)), heard[:, :, 1:] * heard[:, :, :-1])
    return np.concatenate([mean, spread, change], axis=1)


def _average(values: Floats, weights: Floats) -> Floats:
    """(n, c, frames) with weights (n, 1, frames) -> (n, c); 0 where there is no weight."""
    averages: Floats = (values * weights).sum(2) / np.maximum(weights.sum(2), 1e-9)
    return averages


def _mean_by_class(parts: Iterator[Floats], labels: NDArray[np.int64]) -> Floats:
    """(K, values): the mean of what is heard of each class that occurs, in order."""
    classes, counts = np.unique(labels, return_counts=True)
    total: Any = 0.0
    start = 0
    for part in parts:
        member = labels[start : start + len(part), None] == classes  # (n, K)
        total = total + member.T.astype(np.float64) @ part.reshape(len(part), -1)
        start += len(part)
    means: Floats = total / counts[:, None]
    return means


def _nearest(part: Floats, means: Floats) -> NDArray[np.intp]:
    """(n, bands, frames) against (K, values) -> (n,): the mean at the smallest squared distance."""
    # |x - m|^2 = |x|^2 - 2 (x.m - |m|^2 / 2): the smallest distance is the largest bracket
    nearest: NDArray[np.intp] = (part.reshape(len(part), -1) @ means.T - (means**2).sum(1) / 2).argmax(1)
    return nearest


def _answer_linearly(known: Floats, labels: NDArray[np.int64], asked: Floats) -> NDArray[np.int64]:
    """Learn from features (N, d) with labels (N,), answer for (M, d)."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if len(np.unique(labels)) == 1:  # nothing to tell apart
        return np.full(len(asked), labels[0])
    machine = make_pipeline(StandardScaler(), LogisticRegression(C=PENALTY, max_iter=1000))
    answers: NDArray[np.int64] = machine.fit(known, labels).predict(asked)
    return answers
