"""Who learns, who chooses, who judges: each example to train, validation or test, by what its picture holds."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from striate.data.listing import SPLITS, TEST, TRAIN, VALIDATION
from striate.errors import DataError

SHARE = 0.15  # of the distinct pictures of a class, for each split that is not given
SMALL = 30  # distinct pictures of a class, below which shares are counted out, above which drawn
MOST_VALIDATION = 5000  # pictures carved from a given training split


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Split:
    """The split of each example, (N,) "<U10", and the rule it came from in words."""

    splits: NDArray[np.str_]
    rule: str


def split(
    labels: NDArray[np.int64], given: NDArray[np.str_], digests: Sequence[str], *, classes: Sequence[str], seed: int
) -> Split:
    """Keep the given splits and carve those that are missing from the rest, each class alike.

    `labels` (N,) count into `classes`; `given` (N,) holds split names, or "" everywhere. Each distinct
    picture draws a lot in [0, 1) from SHA-256 of (seed, digest): below 0.15 it goes to test, below 0.3 to validation,
    else to train, so that data added later moves none of them. Classes of fewer than 30 distinct pictures, and a
    validation of at most 5,000 beside a given test, are counted out exactly, the lowest lots first, at least one a
    split: there, added data may move a few. Names and order of files play no role; equal pictures stay together; those
    under several labels stay in train.
    Raises DataError when given splits are incomplete or a class has too few distinct pictures.
    """
    missing = find_missing(given)
    pool = np.flatnonzero((given == "") | (given == TRAIN))
    result = np.where(given == "", TRAIN, given).astype("<U10")
    groups, group = np.unique(np.array(digests, dtype="S64")[pool], return_inverse=True)  # (G,), (M,) into groups
    label = labels[pool]
    owner, single = _owners(label, group, len(groups))
    distinct = np.bincount(label[_firsts(group, label)], minlength=len(classes))  # (K,)
    _expect_enough(distinct, np.bincount(owner[single], minlength=len(classes)), classes, missing)
    quotas = {name: _quota(distinct, _share(name, missing, len(groups))) for name in missing}
    keys = _keys(groups, seed)
    carved = _carve(owner, single, keys, quotas)
    if all(_share(name, missing, len(groups)) == SHARE for name in missing):
        _draw(carved, owner, single, keys, missing)
    quotas = {name: np.bincount(owner[carved == name], minlength=len(classes)) for name in missing}
    result[pool] = np.where(carved[group] == "", result[pool], carved[group])
    return Split(splits=result, rule=_rule(missing, quotas, len(groups), seed, given=bool((given != "").any())))


def leave_whole(given: NDArray[np.str_]) -> Split:
    """Make no split: keep the given one when it names a test split, else count every example (N,) to test."""
    if (given == TEST).any():
        return Split(splits=np.where(given == "", TRAIN, given).astype("<U10"), rule="as given")
    return Split(splits=np.full(len(given), TEST, "<U10"), rule="none made: all examples are judged")


def find_missing(given: NDArray[np.str_]) -> tuple[str, ...]:
    """Name the splits to carve, in the order in which they take their pictures."""
    there = set(np.unique(given).tolist())
    if there <= {""}:
        return TEST, VALIDATION
    if "" in there or TRAIN not in there:
        raise DataError(
            "a given split names train, and a split for every example",
            got=", ".join(f"{(given == name).sum()} x {name or 'none'}" for name in sorted(there)),
            fix="give all or none; leave the split out to have it made",
        )
    return tuple(name for name in (TEST, VALIDATION) if name not in there)


def _owners(
    label: NDArray[np.int64], group: NDArray[np.int64], n_groups: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Give a label of each group (G,), and whether it is the only one."""
    low, high = np.full(n_groups, np.iinfo(np.int64).max), np.full(n_groups, -1)
    np.minimum.at(low, group, label)
    np.maximum.at(high, group, label)
    return low, low == high


def _firsts(group: NDArray[np.int64], label: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the index of the first example of each (picture, label)."""
    width = int(label.max(initial=0)) + 1
    first: NDArray[np.int64] = np.unique(group * width + label, return_index=True)[1]
    return first


def _keys(groups: "NDArray[np.bytes_]", seed: int) -> "NDArray[np.bytes_]":
    """Give each picture its place in a drawing of lots that only the seed and its pixels decide."""
    lots = [hashlib.sha256(b"%d:%s" % (seed, name)).digest()[:16].hex() for name in groups.tolist()]
    return np.array(lots, dtype="S32")


def _share(name: str, missing: tuple[str, ...], total: int) -> float:
    if name == VALIDATION and TEST not in missing:
        return min(SHARE, MOST_VALIDATION / max(total, 1))
    return SHARE


def _quota(distinct: NDArray[np.int64], share: float) -> NDArray[np.int64]:
    """Give how many pictures of each class a split takes: the share, rounded, at least one."""
    quota: NDArray[np.int64] = np.rint(distinct * share).astype(np.int64).clip(1)
    return quota


def _carve(
    owner: NDArray[np.int64],
    single: NDArray[np.bool_],
    keys: "NDArray[np.bytes_]",
    quotas: dict[str, NDArray[np.int64]],
) -> NDArray[np.str_]:
    """Give each group (G,) the split that takes it, "" for none."""
    carved = np.full(len(owner), "", "<U10")
    free = np.flatnonzero(single)
    order = free[np.lexsort((keys[free], owner[free]))]  # class by class, by lot
    ranked = owner[order]
    rank = np.arange(len(order)) - np.searchsorted(ranked, ranked)  # place within the class
    start = np.zeros(len(order), np.int64)
    for name, quota in quotas.items():
        end = start + quota[ranked]
        carved[order[(rank >= start) & (rank < end)]] = name
        start = end
    return carved


def _draw(
    carved: NDArray[np.str_],
    owner: NDArray[np.int64],
    single: NDArray[np.bool_],
    keys: "NDArray[np.bytes_]",
    missing: tuple[str, ...],
) -> None:
    """Carve the groups (G,) of large classes anew, by their own lots alone; a class of which none is drawn stays."""
    drawn, start = np.full(len(owner), "", "<U10"), 0.0
    for name in missing:
        low, high = (np.bytes_(b"%032x" % int(bound * 2**128)) for bound in (start, start + SHARE))
        drawn[single & (keys >= low) & (keys < high)] = name
        start += SHARE
    K = int(owner.max(initial=0)) + 1
    enough = np.bincount(owner[single], minlength=K) >= SMALL
    for name in (*missing, ""):
        enough &= np.bincount(owner[single & (drawn == name)], minlength=K) > 0
    renewed = single & enough[owner]
    carved[renewed] = drawn[renewed]


def _expect_enough(
    distinct: NDArray[np.int64], free: NDArray[np.int64], classes: Sequence[str], missing: tuple[str, ...]
) -> None:
    """Every class needs a picture to learn from and one for each split that is carved."""
    needed = 1 + len(missing)
    poor = np.flatnonzero((distinct < needed) | (free < len(missing)))
    if len(poor):
        said = ", ".join(f"{classes[i]}: {int(distinct[i])}" for i in poor[:5])
        more = f" and {len(poor) - 5} more" if len(poor) > 5 else ""
        raise DataError(
            f"a class needs at least {needed} different usable pictures to learn from"
            + (f" ({TRAIN} and {' and '.join(reversed(missing))})" if missing else ""),
            got=said + more,
            fix="add pictures to these classes or leave the classes out",
        )


def _rule(missing: tuple[str, ...], quotas: dict[str, NDArray[np.int64]], total: int, seed: int, *, given: bool) -> str:
    """Say in words how the splits came about."""
    kept = [name for name in SPLITS if name not in missing]
    if not missing:
        return "as given"
    parts = " and ".join(f"{100 * quotas[name].sum() / max(total, 1):.1f} % {name}" for name in reversed(missing))
    carved = f"{parts}, each class alike, by SHA-256 of seed {seed} and content, equal and nearly equal ones together"
    return carved if not given else f"{' and '.join(kept)} as given; out of train {carved}"
