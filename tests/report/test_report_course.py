"""What the training did, told and drawn: warnings only where they are due, figures that hold the record's numbers."""

import base64
import dataclasses
import io
import json
import math
import re

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from striate.errors import RunError
from striate.notation import plan
from striate.records import to_json
from striate.report import terminal
from striate.report.course import list_warnings, tell_drift, tell_looks, tell_units
from striate.report.html import write_report
from striate.report.picture import PREFIX, kernel_uri
from striate.report.rebuild import read_course, rebuild

SOUND = {"conv1": (0.02, 0.03, 0.01), "head": (0.3, 0.1, 0.1)}


@pytest.mark.parametrize(
    ("gradients", "drift", "words"),
    [
        (SOUND, {}, []),
        ({"conv1": (1e-4, 1e-4, 1e-4), "head": (0.1, 0.1, 0.1)}, {}, []),
        ({"conv1": (3e-8, 2e-7, 4e-7), "head": (0.1, 0.1, 0.1)}, {}, ["conv1 are 2·10⁻⁷", "head are 0.1", "vanish"]),
        ({"conv1": (1e-7,) * 3, "conv2": (2e-6,) * 3, "head": (0.1,) * 3}, {}, ["conv1 are", "1 more of 3 layers"]),
        ({"conv1": (1e-7, 0.1, 0.1), "head": (0.1, 0.1, 0.1)}, {}, []),  # it recovered
        (
            {"conv1": (1e-7, 0.1, 0.1), "head": (0.1, 0.1, 0.1)},
            {"conv1": (0.0, 0.001, 0.002)},
            ["conv1", "moved by 0.002 of their size and no more"],
        ),
        ({"conv1": (1e-9, 1e-9, 1e-9), "head": (1e-8, 1e-8, 1e-8)}, {}, []),  # nothing is left to learn anywhere
        ({"conv1": (math.nan,) * 3, "head": (0.1, 0.1, 0.1)}, {}, []),
        ({"conv1": (math.nan,) * 3, "conv2": (1e-7,) * 3, "head": (0.1,) * 3}, {}, ["conv2 are 10⁻⁷"]),
        ({"conv1": (0.0,) * 3, "head": (0.0,) * 3}, {}, []),
        ({"conv1": (0.0,) * 3, "head": (0.1,) * 3}, {}, ["conv1 are 0 of its weights"]),
        ({"head": (0.1, math.inf, 0.1)}, {}, []),
    ],
)
def test_vanishing_gradients_are_told_from_small_ones(course, gradients, drift, words):
    (*texts,) = list_warnings(course(gradients, drift=drift))
    assert len(texts) == bool(words)
    assert all(word in text for word in words for text in texts)


@pytest.mark.parametrize(
    ("dead", "words"),
    [
        ({"relu1": (0, 0, 7)}, []),
        ({"relu1": (16, 16, 7)}, []),  # they came back
        ({"relu1": (0, 0, 8)}, ["8 of 16 units of relu1 are dead", "32 training pictures", "lower rate"]),
        ({"relu1": (0, 0, 8), "relu2": (0, 0, 12)}, ["12 of 16 units of relu2", "half or more in 1 more layer"]),
    ],
)
def test_dead_units_are_warned_of_from_half_of_a_layer_on(course, dead, words):
    (*texts,) = list_warnings(course(SOUND, dead))
    assert len(texts) == bool(words)
    assert all(word in text for word in words for text in texts)


def test_units_are_summed_up(course):
    assert tell_units(course()) == ""
    assert tell_units(course(dead={"relu1": (3, 0, 0)})).startswith("No unit was dead at the end: each of 16")
    text = tell_units(course(dead={f"relu{i}": (1, 0, i) for i in range(7)}))
    assert "21 of 112 units" in text and "(at the first look 7): relu6 6 of 16, relu5 5 of 16" in text
    assert "relu3 3 of 16 and 2 more layers" in text and "relu2" not in text


def test_looks_and_drift_are_told(course):
    assert "The same 32 training pictures" in tell_looks(course()) and "3 times" in tell_looks(course())
    far = course(drift={"conv1": (0.0, 0.1, 0.004), "conv2": (0.0, 1.0, 3.0)})
    assert "weights of conv2, by 300.0 % of their size; nearest those of conv1, 0.4 %" in tell_drift(far)
    assert tell_drift(course({"head": (0.1, 0.1, 0.1)})) == ""


def test_kernels_are_drawn_on_one_scale_with_grey_as_0(course):
    kernels = course().kernels
    pictures = [read(kernel_uri(kernels, snapshot)) for snapshot in kernels.snapshots]
    assert all(picture.shape == (18, 18, 3) for picture in pictures)  # one kernel of 2x2, 9 pixels a value
    corners = [picture[[0, 0, 9, 9], [0, 9, 0, 9], 0].tolist() for picture in pictures]
    assert corners == [[142, 114, 128, 135], [199, 57, 128, 164], [255, 1, 128, 192]]


@pytest.mark.parametrize(
    ("shape", "size"), [((8, 1, 3, 3), (18, 151)), ((16, 3, 16, 16), (33, 135)), ((9, 1, 5, 5), (31, 127))]
)
def test_kernels_stand_eight_a_row(course, shape, size):
    values = tuple(np.arange(math.prod(shape)) % 255 - 127)
    kernels = course().kernels
    snapshot = dataclasses.replace(kernels.snapshots[0], values=tuple(map(int, values)))
    drawn = read(kernel_uri(dataclasses.replace(kernels, shape=shape, snapshots=(snapshot,)), snapshot))
    assert drawn.shape[:2] == size


def read(uri: str) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(base64.b64decode(uri.removeprefix(PREFIX)))))


def test_terminal_warns_only_where_something_is_wrong(build):
    for warnings in ((), ("The gradients of conv1 vanish.", "12 of 16 units of relu2 are dead.")):
        console = Console(file=io.StringIO(), width=100)
        terminal.show_run(build(warnings=warnings), console)
        text = console.file.getvalue()
        assert ("vanish" in text) == ("dead" in text) == bool(warnings)


def write(run, path, **options):
    write_report(run, path, plan=plan(run.line, (1, 8, 8), outputs=len(run.data.classes)), **options)
    return path.read_text("utf-8")


def test_report_has_a_section_where_the_training_was_looked_into(build, course, tmp_path):
    seen = course({"conv1": (1e-7, 0.0, math.nan), "conv2": (1e-3,) * 3, "head": (0.1,) * 3}, {"relu1": (0, 1, 12)})
    html = write(build(warnings=tuple(list_warnings(seen))), tmp_path / "report.html", inside=seen)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))
    assert 'href="#inside"' in html and "What the training did" in text
    for words in ("12 of 16 units of relu1 are dead", "gradient / weights", "drift from the start, %", "epoch 8"):
        assert words in text
    assert "10⁻" in text and "mathdefault" not in html
    assert len(re.findall('alt="kernels of conv1', html)) == 3
    assert html == write(build(warnings=tuple(list_warnings(seen))), tmp_path / "again.html", inside=seen)


def test_report_without_looks_has_no_such_section(build, tmp_path):
    assert "What the training did" not in write(build(), tmp_path / "report.html")


@pytest.mark.parametrize("layers", [1, 2, 70])
def test_any_number_of_layers_is_drawn(build, course, layers, tmp_path):
    many = course({f"conv{i}": (0.1 * i, 0.2, 0.3) for i in range(layers)})
    html = write(build(), tmp_path / "report.html", inside=many)
    assert "conv0" in html and f"conv{layers - 1}" in html


def test_kernels_that_stay_are_said_to(build, course, tmp_path):
    assert "stay as they are" in write(build(), tmp_path / "report.html", inside=course(trained=False))


def test_a_run_folder_is_drawn_anew_with_its_course(build, course, tmp_path):
    (tmp_path / "run.json").write_text(json.dumps(to_json(build())))
    assert read_course(tmp_path) is None
    rebuild(tmp_path)
    assert "What the training did" not in (tmp_path / "report.html").read_text("utf-8")
    (tmp_path / "course.json").write_text(json.dumps(to_json(course())))
    assert read_course(tmp_path) == course()
    rebuild(tmp_path)
    assert "What the training did" in (tmp_path / "report.html").read_text("utf-8")


@pytest.mark.parametrize(
    "damage",
    [
        lambda document: document["epochs"].pop(),
        lambda document: document["layers"][0]["drift"].pop(),
        lambda document: document["kernels"]["snapshots"][0]["values"].pop(),
        lambda document: document["kernels"].update(shape=[10**9, 3, 1, 1]),
        lambda document: document["kernels"].update(shape=[1, 2, 3, 2]),
        lambda document: document.update(pictures="many"),
    ],
)
def test_a_damaged_course_is_named(course, damage, tmp_path):
    document = to_json(course())
    damage(document)
    (tmp_path / "course.json").write_text(json.dumps(document))
    with pytest.raises(RunError, match=r"course.json must be whole, got .*course\.json"):
        read_course(tmp_path)
