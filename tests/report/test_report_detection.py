"""A detection in report and terminal: figures, sizes, advice, pictures with boxes, no markup of a stranger's."""

import dataclasses
import io

import pytest
from rich.console import Console

from striate.models.zoo import plan_network
from striate.notation.heads import BoxHead
from striate.records import (
    BoxPicture,
    BoxPrediction,
    BoxScore,
    DetectionEvaluation,
    DrawnBox,
    FoundBox,
    Interval,
    SizeScore,
    share,
)
from striate.report.answers import show_answers
from striate.report.boxes import draw_boxes
from striate.report.faces import detection
from striate.report.html import write_report
from striate.report.picture import PREFIX
from striate.report.terminal import show_run

LINE = "conv 4 3x3 /8 pad 1 > relu"
CLASSES = ("cat", "<script>alert(1)</script>")


def drawn(picture=f"{PREFIX}AAAA", name="a <b>.png"):
    return BoxPicture(
        name=name,
        picture=picture,
        width=96,
        height=64,
        truth=(
            DrawnBox(label=CLASSES[1], score=1.0, box=(1.0, 2.0, 30.0, 40.0), right=False),
            DrawnBox(label="cat", score=1.0, box=(50.0, 12.0, 70.0, 40.0), right=True),
        ),
        found=(
            DrawnBox(label="cat", score=0.934, box=(51.0, 12.0, 71.0, 40.0), right=True),
            DrawnBox(label="cat", score=0.61, box=(5.0, 50.0, 20.0, 60.0), right=False),
        ),
    )


@pytest.fixture
def evaluation():
    value = Interval(value=0.731, low=0.7, high=0.76, n=60)
    scores = tuple(
        BoxScore(label=label, ap50=value, ap=0.41, recall=share(8, 10), precision=share(8, 9), f1=0.842)
        for label in CLASSES
    )
    sizes = tuple(
        SizeScore(size=size, n=n, ap50=ap, ap=0.3)
        for size, n, ap in (("small", 3, 0.2), ("medium", 17, 0.8), ("large", 0, float("nan")))
    )
    return DetectionEvaluation(
        split="test",
        map50=value,
        map=dataclasses.replace(value, value=0.402, low=0.38, high=0.43),
        per_class=scores,
        per_size=sizes,
        boxes=20,
        tiny=0.21,
        tiny_pixels=8,
        worst=(drawn(),),
    )


@pytest.fixture
def run(build, evaluation):
    whole = build()
    data = dataclasses.replace(whole.data, task="detection", classes=CLASSES)
    return dataclasses.replace(whole, task="detection", metric="mAP50", data=data, test=evaluation, samples={})


def test_the_report_holds_figures_and_boxes(run, tmp_path):
    write_report(run, tmp_path / "report.html", plan=plan_network(LINE, (1, 64, 96), outputs=BoxHead(2)))
    html = (tmp_path / "report.html").read_text()
    assert "finds objects with a mean average precision (mAP50) of 73.1 % [70.0, 76.0]" in html
    assert "40.2 % [38.0, 43.0]" in html
    assert "Boxes by class and split" in html
    assert "<script>" not in html
    assert "21.0 % of the objects are narrower or lower than 8 pixels" in html
    assert html.count('<g class="missed">') == html.count('<g class="right">') == html.count('<g class="wrong">') == 1


def test_a_picture_that_the_file_does_not_hold_is_not_fetched():
    assert "<image" in draw_boxes(drawn())
    assert "http" not in draw_boxes(drawn(picture="http://elsewhere/a.png"))


def test_a_report_without_faults_says_so(run, evaluation, tmp_path):
    perfect = dataclasses.replace(run, test=dataclasses.replace(evaluation, worst=(), tiny=0.0))
    write_report(perfect, tmp_path / "report.html", plan=plan_network(LINE, (1, 64, 96), outputs=BoxHead(2)))
    html = (tmp_path / "report.html").read_text()
    assert "every object was found" in html
    assert "narrower or lower" not in html


def test_the_terminal_says_the_same(run):
    stream = io.StringIO()
    show_run(run, Console(file=stream, width=160))
    said = stream.getvalue()
    assert "73.1 % [70.0, 76.0]" in said
    assert "mAP50 by size of the object: small 20.0 % of 3, medium 80.0 % of 17." in said
    assert "--size" in said


@pytest.mark.parametrize(("tiny", "is_advised"), [(0.0, False), (0.04, False), (0.06, True)])
def test_more_pixels_are_advised_where_objects_are_tiny(evaluation, tiny, is_advised):
    assert bool(detection.advise_size(dataclasses.replace(evaluation, tiny=tiny))) == is_advised


PREDICTIONS = (
    BoxPrediction(name="a.png", found=(FoundBox(label="cat", score=0.934, box=(1.0, 2.25, 30.0, 40.0)),)),
    BoxPrediction(name="b.png", found=()),
)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("text", "a.png: cat at 1 2 30 40 (93.4 %)\nb.png: nothing found\n"),
        ("csv", "name,boxes,cat\na.png,cat 0.934000 1.0 2.2 30.0 40.0,1\nb.png,,0\n"),
        (
            "lines",
            '{"task": "detection", "name": "a.png", '
            '"found": [{"label": "cat", "score": 0.934, "box": [1.0, 2.25, 30.0, 40.0]}]}\n'
            '{"task": "detection", "name": "b.png", "found": []}\n',
        ),
    ],
)
def test_answers_as_text_table_and_lines(form, text):
    stream = io.StringIO()
    show_answers(PREDICTIONS, ("cat",), task="detection", form=form, stream=stream)
    assert stream.getvalue() == text
