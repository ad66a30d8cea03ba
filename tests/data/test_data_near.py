"""Near-duplicates and frames: found where they are, not among plain small pictures; never torn apart by a split."""

import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from striate.data.digest import digest
from striate.data.near import find_near
from striate.data.open import open_data
from striate.data.xo_set import xo_catalogue


def scenes(n: int, size: int = 64, seed: int = 0) -> NDArray[np.uint8]:
    """Draw n random smooth pictures (n, 3, size, size)."""
    coarse = np.random.default_rng(seed).integers(0, 256, (n, 8, 8, 3), dtype=np.uint8)
    grown = [np.asarray(Image.fromarray(each).resize((size, size), Image.Resampling.BICUBIC)) for each in coarse]
    return np.stack(grown).transpose(0, 3, 1, 2)


def spoil(picture: NDArray[np.uint8], how: str) -> NDArray[np.uint8]:
    """Give nearly the same picture (3, H, W)."""
    if how == "brighter":
        return np.clip(picture * 1.05 + 6, 0, 255).astype(np.uint8)
    if how == "noisy":
        noise = np.random.default_rng(1).normal(0, 4, picture.shape)
        return np.clip(picture + noise, 0, 255).astype(np.uint8)
    image = Image.fromarray(picture.transpose(1, 2, 0))
    return np.asarray(image.resize((40, 40)).resize(image.size)).transpose(2, 0, 1)


def digests(pictures: NDArray[np.uint8]) -> list[str]:
    return [digest(picture) for picture in pictures]


@pytest.mark.parametrize("how", ["brighter", "noisy", "smaller"])
def test_near_duplicates_share_a_content(how: str) -> None:
    pictures = scenes(200)
    pictures = np.concatenate([pictures, spoil(pictures[7], how)[None]])
    found = find_near(pictures, digests(pictures), ())
    assert found.contents[7] == found.contents[200]
    assert np.flatnonzero(found.near).tolist() == [7, 200]
    assert len(set(found.contents)) == 200


def test_plain_small_pictures_are_not_merged() -> None:
    from sklearn.datasets import load_digits

    small = (load_digits().images * 15).astype(np.uint8)[:, None]
    assert len(set(find_near(small, digests(small), ()).contents)) == len(set(digests(small)))
    crosses = xo_catalogue()
    assert not find_near(crosses.inputs, crosses.digests, ()).near.any()
    blank = np.arange(40, dtype=np.uint8).reshape(40, 1, 1, 1) * np.ones((1, 1, 40, 40), np.uint8)
    assert not find_near(blank, digests(blank), ()).near.any()


def test_frames_are_told_by_number_and_content() -> None:
    """A slow pan is one content; pictures of other things that are numbered alike are not."""
    wide = scenes(1, 400)[0, :, :, :]
    pan = np.stack([wide[:, :64, 4 * i : 4 * i + 64] for i in range(6)])
    pictures = np.concatenate([pan, scenes(4)])
    names = [f"walk/frame_{i:03}.png" for i in range(10)]
    found = find_near(pictures, digests(pictures), names)
    assert len(set(found.contents[:6])) == 1
    assert len(set(found.contents)) == 5
    assert found.frames.tolist() == [True] * 6 + [False] * 4


def test_opening_keeps_them_together_and_says_so(tmp_path: Path) -> None:
    pictures, labels = scenes(60), np.arange(60) % 2
    for i, picture in enumerate(pictures):
        for copy in range(2):
            shown = picture if copy == 0 else spoil(picture, "noisy")
            file = tmp_path / "set" / "ab"[labels[i]] / f"{'pq'[copy]}{i * 7}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(shown.transpose(1, 2, 0)).save(file)
    catalogue = open_data(tmp_path / "set")
    split_of = dict(zip(catalogue.names, catalogue.splits.tolist(), strict=True))
    assert all(split_of[name] == split_of[name.replace("/p", "/q")] for name in split_of)
    assert set(split_of.values()) == {"train", "validation", "test"}
    assert [(each.what[:12], each.count) for each in catalogue.ledger.notices if "nearly" in each.what] == [
        ("nearly equal", 120)
    ]


def test_given_splits_that_share_are_noticed() -> None:
    pictures = scenes(40)
    test = np.stack([spoil(picture, "brighter") for picture in pictures[:3]] + list(scenes(5, seed=9)))
    labels = np.arange(40) % 2
    arrays = {"x_train": pictures, "y_train": labels, "x_test": test, "y_test": np.arange(8) % 2}
    arrays |= {name: arrays[name].transpose(0, 2, 3, 1) for name in ("x_train", "x_test")}
    notices = {each.what: each.count for each in open_data(arrays).ledger.notices}
    assert notices["validation or test pictures nearly equal to one of another split, kept; scores flatter"] == 3


def test_large_sets_are_fast() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (20_000, 1, 28, 28), dtype=np.uint8)
    names = [str(i) for i in range(len(pictures))]
    start = time.process_time()
    assert not find_near(pictures, names, ()).near.any()
    assert time.process_time() - start < 5
