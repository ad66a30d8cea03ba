"""The suit test on named and generated sets, many seeds each, into benchmarks/results/2026-11-25-suit.json.

python benchmarks/suit.py                        the named sets, 20 seeds
python benchmarks/suit.py --generated --seeds 5  the others
python benchmarks/suit.py wine motif --seeds 3   some of either

A seed decides folds, filters, orders, and the values of a generated set. GunPoint and BasicMotions are read from
../shared/data/time-series, all else comes from scikit-learn or is generated here.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from striate.evaluate.suit.suit import measure_suit
from striate.records import to_json

RESULTS = Path(__file__).parent / "results" / "2026-11-25-suit.json"
SERIES = Path(__file__).resolve().parents[2] / "shared" / "data" / "time-series"
N = 400
Values = NDArray[np.float64]
Set = tuple[Values, NDArray[np.generic]]


def _sklearn(name: str) -> Set:
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")()
    return (bunch.images if name == "digits" else bunch.data), bunch.target


def _series(name: str) -> Set:
    """Read a set of the UCR/UEA archive, train and test together: (N, C, T)."""
    signals, labels = [], []
    for file in sorted(SERIES.rglob(f"{name}_T*.ts")):
        for line in file.read_text().splitlines():
            if line and line[0] not in "#@":
                *channels, label = line.strip().split(":")
                signals.append([[float(value) for value in channel.split(",")] for channel in channels])
                labels.append(label)
    return np.array(signals), np.unique(labels, return_inverse=True)[1]


def _permuted(made: Set, r: np.random.Generator) -> Set:
    x, y = made
    flat = x.reshape(*((len(x), -1) if x.shape[1] == x.shape[2] else (len(x), x.shape[1], -1)))
    return flat[..., r.permutation(flat.shape[-1])].reshape(x.shape), y


def _some(made: Set, n: int, r: np.random.Generator) -> Set:
    chosen = r.permutation(len(made[0]))[:n]
    return made[0][chosen], made[1][chosen]


def _split_at(score: Values) -> NDArray[np.int64]:
    return (score > np.median(score)).astype(np.int64)


def _housing(r: np.random.Generator) -> Set:
    latitude, longitude = r.uniform(32, 42, N), r.uniform(-124, -114, N)
    income, age, rooms = r.lognormal(1.2, 0.4, N), r.uniform(1, 52, N), r.lognormal(1.6, 0.3, N)
    people, each = r.lognormal(7, 0.7, N), r.lognormal(1, 0.2, N)
    x = np.stack([income, age, rooms, rooms / 5 + r.normal(0, 0.1, N), people, each, latitude, longitude], 1)
    return x, income / 2 + np.sin(latitude) * np.cos(longitude) + age / 100 - each / 10 + r.normal(0, 0.3, N)


def _one_hot(columns: int, levels: int, r: np.random.Generator) -> Set:
    values, weight = r.integers(0, levels, (N, columns)), r.normal(size=(columns, levels))
    score = weight[np.arange(columns), values].sum(1)
    return np.eye(levels)[values].reshape(N, -1), _split_at(score + r.normal(0, 0.5, N))


def _factors(n: int, items: int, strength: float, r: np.random.Generator) -> Set:
    """Questionnaire: items of one factor stand side by side."""
    factor = r.normal(size=(N, n))
    x = np.repeat(factor, items, axis=1) * strength + r.normal(size=(N, n * items)) * (1 - strength**2) ** 0.5
    return x, _split_at(factor[:, 0] + factor[:, 1] * factor[:, 2] + r.normal(0, 0.5, N))


def _genes(r: np.random.Generator, *, in_order: bool) -> Set:
    """Many columns that depend on few hidden ones, as they come or sorted by likeness."""
    from scipy.cluster.hierarchy import leaves_list, linkage

    factor = r.normal(size=(N, 6))
    x = factor @ r.normal(size=(6, 150)) + r.normal(size=(N, 150))
    order = leaves_list(linkage(x.T, "average", metric="correlation")) if in_order else slice(None)
    return x[:, order], _split_at(factor[:, 0] + factor[:, 1] * factor[:, 2])


def _powers(r: np.random.Generator) -> Set:
    x = r.normal(size=(N, 8))
    return np.stack([x, x**2, x**3], 2).reshape(N, -1), _split_at(x[:, 0] + x[:, 1] ** 2 + r.normal(0, 0.5, N))


def _blobs(r: np.random.Generator, *, shuffle: bool) -> Set:
    from sklearn.datasets import make_classification

    made: Set = make_classification(
        N, 20, n_informative=6, n_redundant=6, shuffle=shuffle, random_state=r.integers(999)
    )
    return made


def _sorted_cancer() -> Set:
    from scipy.cluster.hierarchy import leaves_list, linkage

    x, y = _sklearn("breast_cancer")
    return x[:, leaves_list(linkage(x.T, metric="correlation"))], y


def _triples() -> Set:
    """breast_cancer with mean, error and worst of each measure side by side."""
    x, y = _sklearn("breast_cancer")
    return x.reshape(-1, 3, 10).transpose(0, 2, 1).reshape(-1, 30), y


def _spectra(r: np.random.Generator) -> Set:
    grid, height = np.linspace(0, 1, 120), r.uniform(0.3, 1, (N, 4))
    centre = np.array([0.2, 0.4, 0.6, 0.8])[:, None] + 0.01 * r.normal(size=(N, 4, 1))
    x = (height[..., None] * np.exp(-(((grid - centre) / 0.03) ** 2))).sum(1)
    x += r.normal(0, 0.02, (N, 120)) + r.uniform(0, 0.5, (N, 1))
    return x, height[:, 1] / (height[:, 1] + height[:, 2])


def _waves(r: np.random.Generator) -> Set:
    y = r.integers(0, 3, N)
    turns = np.array([0.05, 0.08, 0.12])[y][:, None] * np.arange(100) + r.uniform(0, 1, (N, 1))
    return np.sin(2 * np.pi * turns) + r.normal(0, 0.5, (N, 100)), y


def _motif(r: np.random.Generator) -> Set:
    y, x = r.integers(0, 2, N), r.normal(0, 0.5, (N, 80))
    for i, start in enumerate(r.integers(0, 72, N)):
        x[i, start : start + 8] += np.array([0, 1, 2, 1, 0, -1, -2, -1]) * (1 if y[i] else -1)
    return x, y


def _echoes(rates: tuple[float, float], r: np.random.Generator) -> Set:
    """Autoregression, the class in its rate."""
    y, x = r.integers(0, 2, N), r.normal(size=(N, 60))
    for t in range(1, 60):
        x[:, t] += np.array(rates)[y] * x[:, t - 1]
    return x, y


def _walks(r: np.random.Generator) -> Set:
    y = r.integers(0, 2, 200)
    return np.cumsum(r.normal(size=(200, 60)) + 0.1 * y[:, None], 1), y


def _textures(r: np.random.Generator) -> Set:
    y, x = r.integers(0, 2, N), r.normal(size=(N, 16, 16))
    return x + np.where(y, 0.6, -0.6)[:, None, None] * np.roll(x, 1, 2), y


def _xo(r: np.random.Generator) -> Set:
    from striate.data.xo_set import xo_catalogue

    catalogue = xo_catalogue(seed=int(r.integers(999)))
    return _some((np.asarray(catalogue.inputs[:, 0], np.float64), catalogue.targets), 600, r)


def _noise(shape: tuple[int, ...], r: np.random.Generator) -> Set:
    return r.normal(size=(N, *shape)), r.integers(0, 2, N)


def _tiny(r: np.random.Generator) -> Set:
    x = r.normal(size=(60, 6))
    return x, _split_at(x[:, 0] + r.normal(0, 0.5, 60))


# name -> what makes it, the verdict that is right, and whether it is a named set
SETS: dict[str, tuple[Callable[[np.random.Generator], Set], str, bool]] = {
    "breast_cancer": (lambda r: _sklearn("breast_cancer"), "unsuited", True),
    "wine": (lambda r: _sklearn("wine"), "unsuited", True),
    "diabetes": (lambda r: _sklearn("diabetes"), "unsuited", True),
    "digits": (lambda r: _sklearn("digits"), "suited", True),
    "GunPoint": (lambda r: _series("GunPoint"), "suited", True),
    "iris": (lambda r: _sklearn("iris"), "unsuited", False),
    "breast_cancer_triples": (lambda r: _triples(), "unsuited", False),
    "breast_cancer_sorted": (lambda r: _sorted_cancer(), "unsuited", False),
    "digits_permuted": (lambda r: _permuted(_sklearn("digits"), r), "unsuited", False),
    "digits_200": (lambda r: _some(_sklearn("digits"), 200, r), "suited", False),
    "digits_flat": (lambda r: (_sklearn("digits")[0].reshape(-1, 64), _sklearn("digits")[1]), "suited", False),
    "GunPoint_permuted": (lambda r: _permuted(_series("GunPoint"), r), "unsuited", False),
    "GunPoint_50": (lambda r: _some(_series("GunPoint"), 50, r), "suited", False),
    "BasicMotions": (lambda r: _series("BasicMotions"), "suited", False),
    "BasicMotions_permuted": (lambda r: _permuted(_series("BasicMotions"), r), "unsuited", False),
    "housing": (_housing, "unsuited", False),
    "one_hot_10x4": (lambda r: _one_hot(10, 4, r), "unsuited", False),
    "one_hot_4x12": (lambda r: _one_hot(4, 12, r), "unsuited", False),
    "blobs": (lambda r: _blobs(r, shuffle=True), "unsuited", False),
    "blobs_informative_first": (lambda r: _blobs(r, shuffle=False), "unsuited", False),
    "factors_4x5": (lambda r: _factors(4, 5, 0.7, r), "unsuited", False),
    "factors_10x10": (lambda r: _factors(10, 10, 0.7, r), "unsuited", False),
    "factors_8x6_strong": (lambda r: _factors(8, 6, 0.95, r), "unsuited", False),
    "genes": (lambda r: _genes(r, in_order=False), "unsuited", False),
    "genes_sorted": (lambda r: _genes(r, in_order=True), "unsuited", False),
    "powers": (_powers, "unsuited", False),
    "tiny_table": (_tiny, "unsuited", False),
    "noise_table": (lambda r: _noise((30,), r), "unsuited", False),
    "noise_pictures": (lambda r: _noise((12, 12), r), "unclear", False),
    "spectra": (_spectra, "suited", False),
    "waves": (_waves, "suited", False),
    "motif": (_motif, "suited", False),
    "echoes": (lambda r: _echoes((0.2, 0.7), r), "suited", False),
    "echoes_of_either_sign": (lambda r: _echoes((-0.7, 0.7), r), "suited", False),
    "walks": (_walks, "suited", False),
    "textures": (_textures, "suited", False),
    "xo": (_xo, "suited", False),
}


def measure(name: str, seed: int) -> dict:
    """Test one set; what is (N, D) counts as a table, (N, H, W) as pictures, (N, C, T) of few channels as signals."""
    x, y = SETS[name][0](np.random.default_rng(seed))
    table = x.ndim == 2
    if table or x.shape[1] > 6:
        x = x[:, None]
    result = measure_suit(
        x.astype(np.float64), y if y.dtype.kind == "f" else y.astype(np.int64), table=table, seed=seed
    )
    return to_json(result)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", metavar="SET")
    parser.add_argument("--generated", action="store_true")
    parser.add_argument("--seeds", type=int, default=20)
    typed = parser.parse_args()
    torch.set_num_threads(1)
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name in typed.sets or [name for name, (_, _, named) in SETS.items() if named != typed.generated]:
        runs = [measure(name, seed) for seed in range(typed.seeds)]
        verdicts = Counter(run["verdict"] for run in runs)
        wrong = typed.seeds - verdicts[SETS[name][1]]
        known[name] = {
            "right": SETS[name][1],
            "seeds": typed.seeds,
            "wrong": wrong,
            "verdicts": dict(verdicts),
            "seconds": round(float(np.median([run["seconds"] for run in runs])), 1),
            "surprise": [round(run["permuted"][0]["surprise"], 1) for run in runs],
            "gain_low": [round(run["permuted"][0]["gain"]["low"], 3) for run in runs],
            "smooth": [round(run["agreement"]["surprise"], 1) for run in runs],
            "shaken": [round(run["agreement"]["shaken_surprise"], 1) for run in runs],
            "first": runs[0],
        }
        print(f"{name:24s} wrong {wrong:2d} of {typed.seeds}  {dict(verdicts)}  {known[name]['seconds']} s", flush=True)
        RESULTS.write_text(json.dumps(known, indent=1))


if __name__ == "__main__":
    main()
