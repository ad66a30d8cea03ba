"""The parts of a report: numbers, pictures, layer rows, confusions, figures."""

import base64
import io
import math

import numpy as np
import pytest
from PIL import Image

from striate.errors import ShapeError
from striate.notation import plan
from striate.records import Baseline
from striate.report import confusion, figure, number
from striate.report.layer import list_rows
from striate.report.picture import PREFIX, data_uri


def decode(uri: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.removeprefix(PREFIX)))))


@pytest.mark.parametrize("channels", [1, 3])
def test_picture_keeps_its_pixels(channels):
    picture = np.random.default_rng(0).integers(0, 256, (channels, 5, 9), dtype=np.uint8)
    seen = decode(data_uri(picture))
    assert np.array_equal(seen if channels == 3 else seen[..., None], picture.transpose(1, 2, 0))
    assert data_uri(picture) == data_uri(picture.copy())


def test_large_picture_is_reduced():
    assert decode(data_uri(np.zeros((3, 200, 400), np.uint8))).shape == (80, 160, 3)


@pytest.mark.parametrize("picture", [np.zeros((2, 4, 4), np.uint8), np.zeros((4, 4), np.uint8), np.zeros((1, 4, 4))])
def test_no_picture_is_refused(picture):
    with pytest.raises(ShapeError, match="uint8"):
        data_uri(picture)


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (0, "0"),
        (999, "999"),
        (999_600, "1.00 M"),
        (1000, "1.00 k"),
        (12_345, "12.3 k"),
        (123_456, "123 k"),
        (1.82e9, "1.82 G"),
    ],
)
def test_scaled_keeps_three_digits(n, text):
    assert number.scaled(n) == text


def test_missing_numbers_are_a_dash():
    nothing = Baseline(title="", value=math.nan, low=0.0, high=1.0, n=0, trained_on=0)
    assert number.bounded(nothing) == number.percent(math.nan) == number.decimal(math.nan) == "–"


@pytest.mark.parametrize(
    "line",
    ["conv 8 3x3 pad 1 > residual 8 x2 > residual 16 /2 x2 > squeeze_excite 4 > globalpool", "conv 4 3x3 > conv 4 3x3"],
)
def test_rows_of_depth_0_add_up_to_the_plan(line):
    whole = plan(line, (3, 16, 16), outputs=5)
    top = [row for row in list_rows(whole) if row.depth == 0]
    assert sum(row.parameters for row in top) == whole.parameters
    assert sum(row.multiply_adds for row in top) == whole.multiply_adds
    assert sum(row.activation_bytes for row in top) == whole.activation_bytes


def test_thousand_layers_make_a_short_table():
    assert len(list_rows(plan("conv 16 3x3 pad 1 > residual 16 x500 > globalpool", (3, 8, 8)))) < 15


def test_confusions_come_most_frequent_first(run):
    found = confusion.list_confusions(run.test)
    assert [item.count for item in found] == sorted((item.count for item in found), reverse=True)
    assert sum(item.count for item in found) == 300 - round(300 * run.test.accuracy.value)


def test_shades_stay_legible(run):
    cells = [cell for row in confusion.shade(run.test) for cell in row]
    assert all(0 <= cell.shade <= confusion.DEEPEST for cell in cells)
    assert sum(cell.is_right for cell in cells) == 3


def test_figures_are_plain_svg_of_the_pages_colours(run):
    bars = [('a <b> & $x$ "c"', run.test.accuracy), ("other", run.baselines["exemplar"])]
    for svg in (
        figure.draw_bars(bars, "right answers"),
        figure.draw_losses(run.history, 3),
        figure.draw_score(run.history[:1], 1, "accuracy"),
        figure.draw_reliability(run.test.calibration),
    ):
        assert svg.startswith("<svg") and svg.rstrip().endswith("</svg>")
        assert "currentColor" in svg and "var(--blue)" in svg and "#0" not in svg.replace('"#', "")
        assert "http" not in svg and "font-family" not in svg
    assert "a &lt;b&gt; &amp; $x$" in figure.draw_bars(bars, "right answers")
