"""Networks that read: targets, distances, the loss, and one that learns short numbers from pictures of a table."""

import csv

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from striate.data.letters import decode_letters, encode_letters
from striate.data.open import open_data
from striate.errors import DataError, ShapeError
from striate.models.zoo import plan_network
from striate.predict import load
from striate.tasks import transcription
from striate.tasks.edit import edit_distances
from striate.train.run import train

texts = st.text("ab c", max_size=6)


def plain_distance(a: str, b: str) -> int:
    """The definition, by recursion."""
    if not a or not b:
        return len(a) + len(b)
    return min(
        plain_distance(a[1:], b) + 1, plain_distance(a, b[1:]) + 1, plain_distance(a[1:], b[1:]) + (a[0] != b[0])
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=4))
def test_distances_are_those_of_the_definition(pairs):
    first, second = zip(*pairs, strict=True)
    assert edit_distances(first, second).tolist() == [plain_distance(a, b) for a, b in pairs]


def test_letters_go_there_and_back():
    targets, symbols = encode_letters(["ha", "", "a b"])
    assert [decode_letters(row, symbols) for row in targets] == ["ha", "", "a b"]
    with pytest.raises(DataError, match="hold characters"):
        encode_letters(["", ""])


def test_way_collapses_to_its_text():
    way = torch.tensor([[0, 2, 2, 0, 2, 1, 0, 0]])
    outputs = 9.0 * torch.nn.functional.one_hot(way, 3).permute(0, 2, 1).float()
    kept = transcription.keep(outputs)
    answer = transcription.answer(kept, names=["x"], sizes=[(1,)], classes=("a", "b"), spec=None)[0]
    assert answer.text == "bba" and 0.9 < answer.probability < 1
    assert transcription.score(kept, torch.tensor([[1, 1, 0]])) == 1.0
    assert transcription.score(kept, torch.tensor([[1, 0, -1]])) == 0.5
    assert transcription.loss(outputs, torch.tensor([[1, 1, 0]])) < transcription.loss(
        outputs, torch.tensor([[0, 1, 1]])
    )


def test_head_needs_a_sequence():
    with pytest.raises(ShapeError, match="needs a sequence"):
        plan_network("conv 4 3x3", (1, 16, 48), outputs=transcription.head(("a",), None))


@pytest.fixture(scope="module")
def numbers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("numbers")
    rng, font = np.random.default_rng(0), ImageFont.load_default(14)
    rows = [("path", "text")]
    for i in range(240):
        text = "".join(map(str, rng.integers(0, 4, rng.integers(2, 5))))
        picture = Image.new("L", (48, 16), 0)
        ImageDraw.Draw(picture).text((int(rng.integers(1, 8)), int(rng.integers(-2, 1))), text, 255, font=font)
        picture.save(folder / f"{i}.png")
        rows.append((f"{i}.png", text))
    with (folder / "numbers.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return folder


def test_network_learns_to_read(numbers, tmp_path):
    catalogue = open_data(numbers, task="transcription", labels="text")
    assert catalogue.task == "transcription" and catalogue.classes == ("0", "1", "2", "3")
    run = train(catalogue, run=tmp_path / "run", epochs=25, architecture=SMALL)
    assert run.metric == "characters right" and run.test.headline.value > 0.9
    assert run.test.exact.n == run.test.headline.n and "Texts" in (tmp_path / "run" / "report.html").read_text()
    answer = load(run.model).predict(numbers / "0.png")[0]
    assert set(answer.text) <= set("0123")


SMALL = (
    "conv 16 3x3 pad 1 > batchnorm > relu > maxpool 2 > conv 32 3x3 pad 1 > batchnorm > relu > maxpool 2x1"
    " > columns > gru 32 both"
)
