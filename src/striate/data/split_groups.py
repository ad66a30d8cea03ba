"""Splits that tear no group apart: all recordings of a speaker, or pictures of a patient, learn or judge together."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from striate.data.listing import TEST, TRAIN
from striate.data.split import SHARE, Split, find_missing
from striate.errors import DataError

LARGEST = 2 * SHARE  # of all examples: no group beyond this leaves training while smaller ones are there
NAMED = 6  # groups of a split that the rule names
HELD_OUT = (
    "no group is in two splits: the figures tell how groups are met that training never saw, and are lower than they"
    " would be on familiar ones"
)


def split_groups(
    labels: NDArray[np.int64], given: NDArray[np.str_], groups: Sequence[str], digests: Sequence[str], *, seed: int
) -> Split:
    """Keep the given splits and carve those that are missing from the rest, in whole groups.

    `labels` (N,) count into classes; `given` (N,) holds split names, or "" everywhere; `groups` (N,) are names. Groups
    that hold equal content count as one. In the order of SHA-256 of (seed, group) they go to test, then to validation,
    until each has 15 % of the examples; a group stays where training would lose a class with it.
    Raises DataError when there are too few groups.
    """
    missing = find_missing(given)
    pool = np.flatnonzero((given == "") | (given == TRAIN))
    result = np.where(given == "", TRAIN, given).astype("<U10")
    own = [groups[i] for i in pool.tolist()]
    group = _join(own, [digests[i] for i in pool.tolist()])  # (M,) counts into the joined groups
    names = _name(own, group)
    _expect_enough(names, missing)
    held = np.zeros((len(names), int(labels.max(initial=0)) + 1), np.int64)  # (G, K)
    np.add.at(held, (group, labels[pool]), 1)
    carved = _carve(held, _order(names, seed), missing)
    result[pool] = np.array([carved.get(g, "") for g in group], "<U10")
    result[pool] = np.where(result[pool] == "", TRAIN, result[pool])
    return Split(splits=result, rule=_rule(names, carved, held, missing, seed))


def _join(groups: Sequence[str], digests: Sequence[str]) -> NDArray[np.int64]:
    """Number the groups (M,), those that share content alike."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    _, by_name = np.unique(np.array(groups, np.str_), return_inverse=True)
    _, by_content = np.unique(np.array(digests, "S64"), return_inverse=True)
    n = int(by_name.max(initial=0)) + 1
    links = coo_matrix((np.ones(len(groups)), (by_name, n + by_content)), shape=(n + len(groups),) * 2)
    _, component = connected_components(links, directed=False)
    return np.unique(component[by_name], return_inverse=True)[1].astype(np.int64)


def _name(groups: Sequence[str], group: NDArray[np.int64]) -> list[str]:
    """Give each joined group the names in it."""
    names: dict[int, dict[str, None]] = {}
    for name, g in zip(groups, group.tolist(), strict=True):
        names.setdefault(g, {})[name] = None
    return [" + ".join(sorted(names[g])) for g in range(len(names))]


def _order(names: Sequence[str], seed: int) -> list[int]:
    """Draw lots that only the seed and the names decide."""
    lots = [hashlib.sha256(f"{seed}:{name}".encode("utf-8", "surrogatepass")).digest() for name in names]
    return sorted(range(len(names)), key=lots.__getitem__)


def _carve(held: NDArray[np.int64], order: Sequence[int], missing: Sequence[str]) -> dict[int, str]:
    """Give the groups that leave training the split that takes them; `held` (G, K) counts what they hold."""
    left, total = held.sum(axis=0), held.sum()
    carved: dict[int, str] = {}
    for place, name in enumerate(missing):
        taken = 0
        for most in (LARGEST * total, total):
            for g in order:
                size = held[g].sum()
                spares = held.shape[0] - len(carved) > len(missing) - place  # one group a split, and one for training
                loses = ((left > 0) & (left == held[g])).any()
                if taken < SHARE * total and g not in carved and size <= most and spares and not loses:
                    carved[g], taken, left = name, taken + size, left - held[g]
            if taken:
                break
    return carved


def _expect_enough(names: Sequence[str], missing: Sequence[str]) -> None:
    needed = 1 + len(missing)
    if len(names) < needed:
        raise DataError(
            f"at least {needed} groups are needed, one for each split",
            got=f"{len(names)}: {', '.join(names[:NAMED])}",
            fix="group by something else, or leave --group out",
        )


def _rule(
    names: Sequence[str], carved: dict[int, str], held: NDArray[np.int64], missing: Sequence[str], seed: int
) -> str:
    """Say in words how the splits came about."""
    if not missing:
        return "as given"
    parts = []
    for split in reversed(missing):
        chosen = sorted(names[g] for g, name in carved.items() if name == split)
        share = 100 * sum(held[g].sum() for g, name in carved.items() if name == split) / held.sum()
        more = f", ... {len(chosen)} in all" if len(chosen) > NAMED else ""
        parts.append(f"{share:.1f} % {split} ({', '.join(chosen[:NAMED])}{more})")
    kept = "" if TEST in missing else "test as given; out of train "
    return f"{kept}{' and '.join(parts)}, whole groups of {len(names)}, by SHA-256 of seed {seed} and group; {HELD_OUT}"
