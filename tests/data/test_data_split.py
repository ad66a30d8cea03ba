"""The split: every example once, classes alike, equal pictures together, names and order without influence."""

import hashlib
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from striate.data.listing import SPLITS
from striate.data.repeats import find_repeats
from striate.data.split import SMALL, Split, split
from striate.errors import DataError

CLASSES = ("a", "b", "c")


def name(content: int) -> str:
    return hashlib.sha256(b"%d" % content).hexdigest()


@st.composite
def examples(draw: st.DrawFn) -> list[tuple[int, int]]:
    """(label, content) pairs: at least 4 pictures of its own for each class, then any, perhaps shared."""
    own = [(label, 1000 * label + i) for label in range(3) for i in range(draw(st.integers(4, 30)))]
    others = draw(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3000)), max_size=30))
    return draw(st.permutations(own + others))


def divide(pairs: list[tuple[int, int]], *, given: str = "", seed: int = 0) -> Split:
    labels = np.array([label for label, _ in pairs], np.int64)
    splits = np.full(len(pairs), given, "<U10")
    return split(labels, splits, [name(content) for _, content in pairs], classes=CLASSES, seed=seed)


@given(examples(), st.integers(0, 5))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_split_properties(pairs: list[tuple[int, int]], seed: int) -> None:
    made = divide(pairs, seed=seed).splits
    assert set(made.tolist()) <= set(SPLITS)
    for label in range(3):
        assert {made[i] for i, pair in enumerate(pairs) if pair[0] == label} == set(SPLITS)
    places: dict[int, set[str]] = {}
    owners: dict[int, set[int]] = {}
    for (label, content), place in zip(pairs, made.tolist(), strict=True):
        places.setdefault(content, set()).add(place)
        owners.setdefault(content, set()).add(label)
    assert all(len(place) == 1 for place in places.values())
    assert all(places[content] == {"train"} for content, labels in owners.items() if len(labels) > 1)
    for label in range(3):
        mine = {content for kind, content in pairs if kind == label}
        held = sum(places[content] == {"test"} for content in mine)
        alone = [content for content in mine if len(owners[content]) == 1]
        if len(alone) < SMALL:
            assert held == max(1, round(0.15 * len(mine)))
        else:
            assert 1 <= held <= 0.15 * len(mine) + 4 * (0.1275 * len(mine)) ** 0.5
    backwards = divide(pairs[::-1], seed=seed).splits[::-1]
    assert (backwards == made).all()


@given(examples())
@settings(derandomize=True, deadline=None, max_examples=20)
def test_the_seed_decides(pairs: list[tuple[int, int]]) -> None:
    assert any((divide(pairs, seed=0).splits != divide(pairs, seed=seed).splits).any() for seed in (1, 2, 3))


def test_given_splits_stay() -> None:
    random = np.random.default_rng(0)
    labels, given_ = random.integers(0, 3, 300), random.choice(SPLITS, 300).astype("<U10")
    digests = [name(i % 100) for i in range(300)]
    made = split(labels, given_, digests, classes=CLASSES, seed=0)
    assert (made.splits == given_).all()
    assert made.rule == "as given"


def test_validation_is_carved_from_train_only() -> None:
    labels = np.arange(100) % 2
    given_ = np.where(np.arange(100) < 80, "train", "test").astype("<U10")
    made = split(labels, given_, [name(i) for i in range(100)], classes=CLASSES[:2], seed=0)
    assert (made.splits[80:] == "test").all()
    held = int((made.splits[:80] == "validation").sum())
    assert 4 <= held <= 24
    assert made.rule.startswith(f"train and test as given; out of train {100 * held / 80:.1f} % validation")


@pytest.mark.parametrize("n", [90, 300, 3000])
@pytest.mark.parametrize("seed", range(5))
def test_added_data_moves_nothing(n: int, seed: int) -> None:
    """With 30 % more of each class, and of a new one, each old example stays where it was."""
    labels, digests = np.arange(n) % 3, [name(10_000 * seed + i) for i in range(n)]
    before = split(labels, np.full(n, ""), digests, classes=CLASSES, seed=seed).splits
    more = int(1.3 * n)
    labels = np.concatenate([labels, np.arange(n, more) % 4])
    digests += [name(10_000 * seed + i) for i in range(n, more)]
    after = split(labels, np.full(more, ""), digests, classes=(*CLASSES, "d"), seed=seed).splits
    assert int((after[:n] != before).sum()) == 0
    shares = [(before == word).mean() for word in SPLITS]
    assert shares == pytest.approx([0.7, 0.15, 0.15], abs=4 * (0.21 / n) ** 0.5)


def test_validation_is_bounded_and_fast() -> None:
    labels, digests = np.arange(70_000) % 10, [name(i) for i in range(70_000)]
    given_ = np.where(np.arange(70_000) < 60_000, "train", "test").astype("<U10")
    start = time.perf_counter()
    made = split(labels, given_, digests, classes=[str(i) for i in range(10)], seed=0)
    assert time.perf_counter() - start < 1
    assert np.bincount(labels[made.splits == "validation"]).tolist() == [500] * 10


@pytest.mark.parametrize(
    ("pairs", "given_", "message"),
    [
        ([(0, 1), (0, 2), (0, 3), (1, 4), (1, 5)], "", r"at least 3 .*b: 2, c: 0"),
        ([(0, 1), (0, 2), (0, 3), (1, 4), (1, 4), (1, 4), (2, 6), (2, 7), (2, 8)], "", "b: 1;"),
        ([(0, 1), (1, 2), (2, 3)], "test", "names train"),
        ([], "", "a: 0, b: 0, c: 0"),
        ([(0, i) for i in range(4)] + [(1, i) for i in range(4)] + [(2, 9 + i) for i in range(4)], "", "a: 4, b: 4"),
    ],
)
def test_poor_classes_are_errors(pairs: list[tuple[int, int]], given_: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        divide(pairs, given=given_)


def test_two_are_enough_beside_a_given_test() -> None:
    pairs = [(label, 10 * label + i) for label in range(3) for i in range(3)]
    labels = np.array([label for label, _ in pairs])
    given_ = np.array(["train", "train", "test"] * 3, "<U10")
    made = split(labels, given_, [name(content) for _, content in pairs], classes=CLASSES, seed=0)
    assert [(made.splits == word).sum() for word in SPLITS] == [3, 3, 3]


def test_repeats_are_counted() -> None:
    names = ["p", "q", "r", "s", "t"]
    digests = [name(1), name(1), name(2), name(2), name(3)]
    splits = np.array(["train", "test", "train", "train", "test"], "<U10")
    found = find_repeats(names, np.array([0, 0, 0, 1, 1]), splits, digests)
    assert [(item.count, item.names) for item in found] == [(4, ("p", "q", "r", "s")), (2, ("r", "s")), (1, ("q",))]
    assert find_repeats(names[:2], np.array([0, 1]), splits[:2], [name(1), name(2)]) == ()
