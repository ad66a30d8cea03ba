"""The HTML report: well-formed, self-contained, escaped, complete, the same bytes each time."""

import dataclasses
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from striate.errors import RunError
from striate.notation import plan
from striate.records import Run
from striate.report.html import write_report

VOID = {"meta", "br", "img", "link", "input", "hr"}


class Page(HTMLParser):
    """Every element with its attributes, the text outside style; unbalanced tags fail at once."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.words))

    def find(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


def write(run: Run, path: Path, **options: object) -> str:
    shape = (run.input.channels, run.input.height, run.input.width)
    write_report(run, path, plan=plan(run.line, shape, outputs=len(run.data.classes)), **options)
    return path.read_text("utf-8")


@pytest.fixture
def html(run, tmp_path):
    return write(run, tmp_path / "report.html")


@pytest.fixture
def page(html):
    return Page(html)


def test_loads_nothing_from_outside(html, page):
    for _, attributes in page.elements:
        for name in ("src", "href", "xlink:href", "data", "poster", "action"):
            assert (attributes.get(name) or "#").startswith(("#", "data:image/png;base64,"))
    assert not page.find("script", "link", "iframe", "object")
    assert not re.search(r"https?://|@import|url\((?!#)", html)
    assert "default-src 'none'" in page.find("meta")[2]["content"]


def test_escapes_what_the_user_wrote(html, page):
    for text in ("<script>alert(1)</script>", 'say "hi" & go', "/data/<pets>", "folder/", "<u>.jpg"):
        assert text in page.text
    for raw in ("<script", "<pets>", "<u>", "<b>", "<i>", "<em>"):
        assert raw not in html


def test_names_every_refusal_and_notice(page, run):
    for refusal in run.ledger.refusals:
        assert refusal.name in page.text and refusal.reason in page.text
    assert "1,502 found = 1,500 used + 2 refused" in page.text
    assert "CMYK converted to RGB: 7 (a.jpg, <u>.jpg, …)" in page.text


def test_names_200_refusals_of_many(build, tmp_path):
    text = Page(write(build(refusals=250), tmp_path / "report.html")).text
    assert "bad/199 &" in text and "bad/200 &" not in text
    assert "The first 200 of 250; catalogue.csv names them all." in text


def test_is_accessible(page):
    assert all(attributes.get("alt") for attributes in page.find("img"))
    assert all(attributes.get("scope") for attributes in page.find("th"))
    assert all(attributes.get("role") == "img" for attributes in page.find("svg"))
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))


def test_identifiers_are_unique_and_links_meet_them(page):
    names = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(names) == len(set(names))
    targets = {attributes["href"] for attributes in page.find("a")}
    targets |= {attributes["xlink:href"] for attributes in page.find("use")}
    assert targets <= {f"#{name}" for name in names}


def test_tells_the_whole_story(page, run):
    assert (
        f"Of 300 test pictures that it never saw, the network names {100 * run.test.accuracy.value:.1f} %" in page.text
    )
    for words in (
        "the naive exemplar 50.0 %, HOG + linear SVM 60.0 %",
        "Training stopped early",
        "Expected calibration error",
        "conv 4 3x3 pad 1",
        "optimizer.momentum",
        "ab" * 32,
        "striate train '/data/<pets>' --architecture",
        "--seed 7",
        "Some CPU",
        "PyTorch 2.6",
        "8×6 to 400×300",
    ):
        assert words in page.text
    assert len(page.find("svg")) == 4
    assert len(page.find("img")) == 2 * 3 + 24


def test_prints_the_command_it_was_given(run, tmp_path):
    text = Page(write(run, tmp_path / "report.html", command="striate train 'my pets' --seed 7")).text
    assert "striate train 'my pets' --seed 7" in text


def test_same_record_same_bytes(run, tmp_path):
    assert write(run, tmp_path / "one.html") == write(run, tmp_path / "two.html")


def test_confusion_is_a_matrix_up_to_20_classes_and_a_list_above(build, tmp_path):
    for n, matrices in ((20, 1), (21, 0)):
        page = Page(write(build(classes=tuple(f"class {k}" for k in range(n))), tmp_path / f"{n}.html"))
        assert len([table for table in page.find("table") if table.get("class") == "matrix"]) == matrices
        assert ("most frequent of all confusions among 21 classes" in page.text) is (n == 21)


def test_a_strangers_record_loads_nothing(build, tmp_path):
    run = build(samples={"cat": ("https://example.org/spy.png", "javascript:alert(1)")})
    html = write(run, tmp_path / "report.html")
    assert "example.org" not in html and "javascript" not in html


def test_bare_run_still_reads_well(build, tmp_path):
    test = dataclasses.replace(build().test, mistakes=())
    bare = build(test=test, history=(), baselines={}, samples={}, recipe={}, stopped="early", refusals=0)
    page = Page(write(bare, tmp_path / "report.html"))
    assert "no epoch was finished" in page.text
    assert "None: every answer was right." in page.text
    assert len(page.find("svg")) == 2


def test_unwritable_place_is_a_run_error(run, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match=r"a report needs a folder .*file.report\.html"):
        write(run, tmp_path / "file" / "report.html")


def test_failing_leaves_the_old_report(run, tmp_path, monkeypatch):
    (tmp_path / "report.html").write_text("old")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(RunError, match="No space left on device"):
        write(run, tmp_path / "report.html")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    assert (tmp_path / "report.html").read_text() == "old"
