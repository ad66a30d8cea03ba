"""Batches: the same bits whether they are made ahead or not, nothing left running, mixed labels in the loss."""

import dataclasses
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from striate.data.augment.mixing import Mixing
from striate.data.open import open_data
from striate.recipe import Recipe
from striate.runtime.device import Device
from striate.tasks import classification
from striate.train import feed as feed_module
from striate.train.feed import Batch, Feed
from striate.train.job import prepare
from striate.train.loop import mixed_loss

RECIPE = Recipe(name="test", epochs=2, batch=8, flip="alternating", shift=0.2, rotate=10, mixup=0.3, cutmix=0.5)


def make_feed(*, ahead: bool, inputs: np.ndarray | None = None) -> Feed:
    pictures = torch.randint(0, 256, (60, 9, 8, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    catalogue = open_data((pictures.numpy(), np.arange(60) % 4))
    if inputs is not None:
        catalogue = dataclasses.replace(catalogue, inputs=inputs)
    job = prepare(catalogue, architecture="globalpool", settings={}, seed=5, minutes=None, target=None)
    device = Device(kind="cpu", precision="float32", threads=1, layout="nhwc", native=False)
    return Feed(dataclasses.replace(job, recipe=RECIPE, device=device), ahead=ahead)


def test_made_ahead_is_the_same() -> None:
    with make_feed(ahead=True) as ahead, make_feed(ahead=False) as plain:
        for step in (0, 1, 2, 7, 8, 3):  # on, over the end of an epoch, and back
            first, second = ahead.batch(step), plain.batch(step)
            assert torch.equal(first.inputs, second.inputs)
            assert torch.equal(first.targets, second.targets)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("feed")]


def test_an_exception_leaves_no_thread() -> None:
    with pytest.raises(KeyboardInterrupt), make_feed(ahead=True) as feed:
        feed.batch(0)
        raise KeyboardInterrupt
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("feed")]


def test_waiting_is_counted_once() -> None:
    with make_feed(ahead=False) as feed:
        feed.batch(0)
        assert feed.take_waited() > 0
        assert feed.take_waited() == 0


def test_mixed_loss_shares_the_labels() -> None:
    logits, labels = torch.randn(6, 4, generator=torch.Generator().manual_seed(0)), torch.arange(6) % 4
    mixing = Mixing(partners=torch.tensor([3, 2, 1, 0, 5, 4]), share=0.7)
    shares = 0.7 * torch.eye(4)[labels] + 0.3 * torch.eye(4)[labels[mixing.partners]]
    batch = Batch(inputs=torch.zeros(6, 1, 1, 1), targets=labels, mixing=mixing)
    expected = torch.nn.functional.cross_entropy(logits, shares, label_smoothing=0.1)
    assert torch.allclose(mixed_loss(classification, logits, batch, smoothing=0.1), expected)
    plain = Batch(inputs=batch.inputs, targets=labels, mixing=None)
    found = mixed_loss(classification, logits, plain, smoothing=0.1)
    assert torch.equal(found, classification.loss(logits, labels, smoothing=0.1))


def test_what_lies_on_disk_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when it is larger than memory, and the next batch is asked for ahead."""
    with make_feed(ahead=False) as plain:
        np.save(tmp_path / "inputs.npy", plain.inputs.numpy())
        expected = [plain.batch(step) for step in range(12)]
    asked: list[list[int]] = []
    monkeypatch.setattr(feed_module, "is_larger_than_memory", lambda array: isinstance(array, np.memmap))
    monkeypatch.setattr(feed_module, "read_ahead", lambda array, rows: asked.append(rows.tolist()))
    with make_feed(ahead=False, inputs=np.load(tmp_path / "inputs.npy", mmap_mode="r")) as mapped:
        dealt = []
        for step, batch in enumerate(expected):
            found = mapped.batch(step)
            dealt.append(mapped.dealt[1][step % mapped.per_epoch].tolist())
            assert torch.equal(found.inputs, batch.inputs)
            assert torch.equal(found.targets, batch.targets)
    assert asked == [rows for step, rows in enumerate(dealt) if step % mapped.per_epoch != 0]
