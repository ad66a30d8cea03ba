"""`striate explain` and `striate learn`: what is printed, what the records say, what cannot be asked."""

from collections.abc import Callable
from pathlib import Path

import pytest

import striate as striate_verbs
from striate.data.xo_set import save_xo
from striate.errors import DataError

LINE = "conv 4 3x3 pad 1 > batchnorm > relu > maxpool 2 > skip(conv 4 3x3 pad 1) > flatten > dense 6 > relu"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A small network that has seen X's and O's for one epoch."""
    from striate.train.run import train

    folder = tmp_path_factory.mktemp("explained")
    save_xo(folder / "letters", 60, 20, size=12, seed=1)
    run = train(folder / "letters", architecture=LINE, epochs=1, run=folder / "run")
    return Path(run.run)


@pytest.fixture(scope="module")
def picture(model: Path) -> Path:
    return next((model.parent / "letters" / "test" / "X").iterdir())


def test_the_essentials_are_printed_and_written(striate: Callable, model: Path, picture: Path) -> None:
    done = striate("explain", model, picture, picture, "--html", "why.html", "--json")
    assert done.code == 0, done.err
    first, second = done.record["explanations"]
    assert first["name"] == str(picture) and first["label"] in ("O", "X") and first["layers"] == second["layers"]
    assert [found["method"] for found in first["importances"]] == ["layercam"]
    assert len(first["votes"]) == 2
    page = Path("why.html").read_text(encoding="utf-8")
    assert page.count("<section") == 2 and "data:image/png;base64," in page and "<script" not in page
    assert page.count('class="failed"') == 2 * sum(
        found["faithfulness"]["verdict"] == "failed" for found in first["importances"]
    )
    shown = striate("explain", model, picture, "--method", "occlusion", "--label", "O")
    assert "occlusion at input, for O: " in " ".join(shown.out.split())
    assert "skip1  4x6x6" in shown.out
    assert (model / "explanation.html").exists()


@pytest.mark.parametrize(("unit", "has_kernel"), [("conv1:2", True), ("relu1:0", False), ("dense1:3", False)])
def test_what_a_unit_looks_for(striate: Callable, model: Path, unit: str, has_kernel: bool) -> None:
    folder = model.parent / "letters" / "test"
    record = striate("explain", model, folder, "--unit", unit, "--json").record
    assert (record["kernel"] is not None) == has_kernel
    values = [patch["value"] for patch in record["patches"]]
    assert len(values) == 9 and values == sorted(values, reverse=True)
    assert record["dream"]["after"] >= record["dream"]["before"]
    shown = striate("explain", model, "--unit", unit).out
    assert "An input made for it" in shown and "excites it most" not in shown
    assert "excites it most" in striate("explain", model, folder, "--unit", unit).out


def test_the_verb_takes_paths(model: Path, picture: Path) -> None:
    """As in Python: a run folder or a model file, and a picture file."""
    found = striate_verbs.explain(model, picture, methods=("gradcam",), shuffle=False)
    assert found == striate_verbs.explain(
        str(model / "model.safetensors"), str(picture), methods=("gradcam",), shuffle=False
    )
    with pytest.raises(DataError, match=r"run\.json"):
        striate_verbs.explain(model, model / "run.json")


def test_a_folder_of_pictures_is_explained_one_by_one(striate: Callable, model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "some"
    folder.mkdir()
    for name, file in zip("ab", sorted((model.parent / "letters" / "test" / "O").iterdir()), strict=False):
        (folder / f"{name}.png").write_bytes(file.read_bytes())
    record = striate("explain", model, folder, "--html", "why.html", "--json").record
    assert [Path(one["name"]).name for one in record["explanations"]] == ["a.png", "b.png"]
    (folder / "empty").mkdir()
    assert "a folder must hold pictures" in striate("explain", model, folder / "empty").err


def test_what_cannot_be_explained(striate: Callable, model: Path, picture: Path) -> None:
    assert "a method must be known" in striate("explain", model, picture, "--method", "gradcan").err
    assert "a class must be one of the model" in striate("explain", model, picture, "--label", "Q").err
    assert "room" in striate("explain", model, picture, "--html", model / "run.json" / "why.html").err


@pytest.mark.parametrize(
    "address", ["conv1:0,0,0", "maxpool1:3,5,5", "skip1:1,2,3", "head:1", "probability:0", "input:0,1,1"]
)
def test_a_cell_is_unfolded(striate: Callable, model: Path, picture: Path, address: str) -> None:
    done = striate("explain", model, picture, "--cell", address, "--json")
    assert done.code == 0, done.err
    trace = done.record["trace"]
    assert f"{trace['layer']}:{','.join(map(str, trace['cell']))}" == address
    assert abs(trace["value"] - trace["network"]) <= 1e-4 * max(1, abs(trace["value"]))
    shown = striate("explain", model, picture, "--cell", address).out
    assert trace["rule"] in " ".join(shown.split())
    assert f"the network {trace['network']:.9g}" in shown


def test_votes_and_gradients_are_told(striate: Callable, model: Path, picture: Path) -> None:
    votes = striate("explain", model, picture, "--vote", "X", "--json").record
    assert votes["bias"] + sum(vote["total"] for vote in votes["votes"]) == pytest.approx(votes["total"])
    assert "for" in striate("explain", model, picture, "--vote", "X").out
    asked = ("--gradient", "conv1.weight:0,0,1,1", "--label", "O")
    step = striate("explain", model, picture, picture, *asked, "--json").record
    slope = step["gradient"]
    assert len(slope["by_example"]) == 2 and slope["by_example"][0] == slope["by_example"][1]
    assert sum(slope["by_example"]) == pytest.approx(slope["value"])
    assert step["optimizer"] == "muon" and step["change"] * slope["value"] != 0
    shown = striate("explain", model, picture, *asked).out
    assert "came back" in shown and "A first step of muon would add" in " ".join(shown.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--cell", "conv1"), "NAME:NUMBERS"),
        (("--cell", "conv1:0,x,0"), "NAME:NUMBERS"),
        (("--cell", "conv9:0,0,0"), "a layer must be one of the network"),
        (("--cell", "conv1:0,0,12"), "run from 0,0,0 to 3,11,11"),
        (("--vote", "Q"), "a class must be one of the model"),
        (("--gradient", "conv1.weight:0,0,1,1"), "needs the true class"),
        (("--unit", "conv1:4"), "channels of conv1 run from 0 to 3"),
        (("--unit", "conv1:0,1,1"), "a unit is LAYER:CHANNEL"),
        (("--gradient", "relu1.weight:0", "--label", "X"), "trained tensor"),
        (("--cell", "conv1:0,0,0", "--vote", "X"), "one question at a time"),
    ],
)
def test_what_cannot_be_asked(striate: Callable, model: Path, picture: Path, words: tuple[str, ...], said: str) -> None:
    done = striate("explain", model, picture, *words)
    assert done.code == 2 and said in done.err


def test_a_file_that_is_no_picture_is_named(striate: Callable, model: Path) -> None:
    done = striate("explain", model, model / "run.json", "--vote", "X")
    assert done.code == 2 and "run.json" in done.err


def test_the_lesson_of_the_x(striate: Callable) -> None:
    lesson = striate("learn", "--json").record
    first = lesson["features"][0]
    ninths = [7, -1, 1, 3, 5, -1, 3]
    assert first["matches"][0] == pytest.approx([n / 9 for n in ninths])
    assert max(map(max, first["matches"])) == 1.0
    assert [round(value, 2) for value in first["pooled"][0]] == [1.0, 0.33, 0.56, 0.33]
    shown = striate("learn").out
    assert " 0.78 -0.11  0.11  0.33  0.56 -0.11  0.33" in shown
    assert " 1.00  0.33  0.56  0.33" in shown
    assert striate("learn", "O").code == 0
    assert "the letter is X or O" in striate("learn", "Y").err
