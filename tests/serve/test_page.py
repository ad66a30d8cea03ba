"""The page in a real browser: five views, drawing, sliders, arithmetic, live training, faults, keyboard, contrast."""

import json
import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from accessibility import find_faults, walk_focus
from PIL import Image
from playwright.sync_api import Page, expect
from served import Opener, Serving, digits, input_of, number, pixels, seen
from typer.testing import CliRunner

from striate.cli.table import app as commands
from striate.predict import Model
from striate.records import Unfolding, from_json

VIEWS = {
    "network": ("#/network", ".votes"),
    "map": ("#/network/conv2/map/3", ".frame.large"),
    "cell": ("#/network/conv2/map/3/cell/4,5", ".equation"),
    "pool": ("#/network/maxpool1/map/2/cell/3,4", ".cell.won"),
    "unit": ("#/network/dense1/unit/3", ".equation"),
    "probability": ("#/network/probability/0", ".equation"),
    "input": ("#/input", ".thumbs img"),
    **{f"learn{n}": (f"#/learn/{n}", ".lesson h2") for n in range(1, 10)},
    "data": ("#/data?order=least+sure", ".card"),
    "runs": ("#/runs", ".chart"),
}
SLIDE = """
async (degrees) => {
  const slider = document.getElementById("slider-rotate");
  const seen = document.querySelector("canvas[data-drawn]");
  const began = performance.now();
  slider.value = degrees;
  slider.dispatchEvent(new Event("input"));
  while (!seen.dataset.drawn.includes(`rotate=${degrees}`)) await new Promise((next) => setTimeout(next, 1));
  return performance.now() - began;
}
"""


DARK = ("network", "cell", "pool", "input", "learn3", "learn7", "data", "runs")


@pytest.mark.parametrize(("view", "scheme"), [*((view, "light") for view in VIEWS), *((view, "dark") for view in DARK)])
def test_views_are_there_for_everybody(open_page: Opener, keep: Callable[[Page], None], view: str, scheme: str) -> None:
    address, sign = VIEWS[view]
    page = open_page(address, scheme=scheme)
    page.wait_for_selector(sign)
    page.wait_for_load_state("networkidle")
    assert find_faults(page) == []
    keep(page)


@pytest.mark.parametrize("width", [390, 1024, 1600])
@pytest.mark.parametrize("view", ["network", "cell", "input", "learn3", "data", "runs"])
def test_nothing_sticks_out(open_page: Opener, keep: Callable[[Page], None], view: str, width: int) -> None:
    address, sign = VIEWS[view]
    page = open_page(address, width=width)
    page.wait_for_selector(sign)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    keep(page)


def test_the_checker_sees_what_it_must_see(open_page: Opener) -> None:
    page = open_page("#/runs")
    page.wait_for_selector(".chart")
    page.evaluate("""() => document.querySelector("main").insertAdjacentHTML("beforeend",
        '<button></button><p style="color:#999">faint</p><h4>deep</h4><img><h1>two</h1><input id="said">')""")
    words = " ".join(find_faults(page))
    for fault in ("no name: button", "contrast", "heading 4", "no alt", "2 of h1", "id twice: said", "no name: input"):
        assert fault in words


def test_focus_goes_as_the_page_reads_and_can_be_seen(open_page: Opener) -> None:
    page = open_page("#/network")
    page.wait_for_selector(".votes")
    page.wait_for_load_state("networkidle")
    wanted, stops, visible = walk_focus(page, 30)
    assert stops == wanted
    assert visible


def test_the_first_view_comes_within_a_second(open_page: Opener, model: Model) -> None:
    open_page("#/runs").wait_for_selector(".chart")  # the browser itself is awake
    fresh = Serving(model)
    page = open_page("#/runs")
    began = time.perf_counter()
    page.goto(f"{fresh.address}/#/network")
    page.wait_for_selector(".layer .maps canvas")
    page.wait_for_selector(".votes")
    took = time.perf_counter() - began + fresh.ready
    page.close()
    fresh.close()
    assert took < 1.0, f"{took:.2f} s"


def test_a_resnet_at_224_pixels_opens_within_three_seconds(
    open_page: Opener, resnet: Serving, keep: Callable[[Page], None]
) -> None:
    page = open_page("#/runs")
    began = time.perf_counter()
    page.goto(f"{resnet.address}/#/network")
    page.wait_for_selector(".layer .maps canvas")
    page.wait_for_selector(".votes")
    took = time.perf_counter() - began
    keep(page)
    page.goto(f"{resnet.address}/#/network/residual3.body.skip1/map/7/cell/5,5")
    page.wait_for_selector(".equation")
    assert page.locator(".layer").count() == 77
    page.locator("[data-layer=head]").scroll_into_view_if_needed()
    page.wait_for_selector("[data-layer=head] .maps a")
    assert took < 3, f"{took:.2f} s"


def test_a_cell_shows_the_numbers_of_explain(
    open_page: Opener, serving: Serving, run_folder: Path, tmp_path: Path
) -> None:
    page = open_page("#/network/conv2/map/3/cell/4,5")
    page.wait_for_selector(".equation")
    file = tmp_path / "seen.png"
    Image.fromarray(pixels(serving, input_of(page))[0].numpy()).save(file)
    asked = ["explain", str(run_folder), str(file), "--cell", "conv2:3,4,5", "--json"]
    printed = json.loads(CliRunner().invoke(commands, asked).stdout)
    whole = from_json(Unfolding, printed).trace
    said = page.locator(".equation .final .much").inner_text()
    assert abs(number(said) - whole.value) <= digits(said)
    products = page.locator(".equation .piece", has_text="150 products").locator(".much").inner_text()
    assert abs(number(products) - sum(term.product for term in whole.terms)) <= digits(products)
    by_map = {}
    for term in whole.terms:
        by_map[term.cell[0]] = by_map.get(term.cell[0], 0.0) + term.product
    rows = page.locator(".others tr").all()
    assert len(rows) == 6
    for row in rows:
        channel, text = row.locator("button").inner_text().split()[-1], row.locator("td").last.inner_text()
        assert abs(number(text) - by_map[int(channel)]) <= digits(text)
    best = max(by_map, key=lambda channel: abs(by_map[channel]))
    terms = [term for term in whole.terms if term.cell[0] == best]
    for grid, key in zip(page.locator(".grids .grid").all(), ("value", "weight", "product"), strict=True):
        texts = grid.locator(".cell").all_inner_texts()
        assert len(texts) == 25
        for text, term in zip(texts, terms, strict=True):
            assert abs(number(text) - getattr(term, key)) <= digits(text)


def test_the_way_leads_down_to_the_pixels(open_page: Opener) -> None:
    page = open_page("#/network/conv2/map/3/cell/4,5")
    for layer in ("maxpool1", "relu1", "conv1", "input"):
        page.locator(".patch-grid a").first.click()
        page.wait_for_url(re.compile(f"#/network/{layer}/map/"))
        expect(page.locator(".sum h2")).to_contain_text(layer)
    expect(page.locator(".group-head")).to_contain_text("the pixel")


def test_hairlines_join_pixels_patch_numbers_and_cell(open_page: Opener) -> None:
    page = open_page("#/network/conv2/map/3/cell/4,5")
    page.wait_for_selector(".hairlines path")
    assert page.locator(".hairlines line").count() == 4
    place = (
        "(name) => { const b = document.querySelector(name).getBoundingClientRect(); return [b.left, b.top, b.right] }"
    )
    patch, numbers = page.evaluate(place, ".box.patch"), page.evaluate(place, ".patch-grid")
    desk = page.evaluate(place, ".desk")
    line = page.locator(".hairlines line").nth(2)
    ends = [float(line.get_attribute(name) or "nan") for name in ("x1", "y1", "x2", "y2")]
    wanted = [patch[2] - desk[0], patch[1] - desk[1], numbers[0] - desk[0], numbers[1] - desk[1]]
    assert ends == pytest.approx(wanted, abs=1)


def test_a_map_is_read_by_pointer_and_by_keys(open_page: Opener, model: Model, serving: Serving) -> None:
    page = open_page("#/network/conv2/map/3")
    frame = page.locator(".frame.large")
    frame.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    values = seen(model, serving, input_of(page)).maps["conv2"][0, 3]
    said = page.locator(".result .readout").inner_text()
    assert said.startswith("row 2, column 1: ")
    shown = said.rpartition(": ")[2]
    assert abs(number(shown) - float(values[2, 1])) <= digits(shown)
    expect(page.locator("#said")).to_have_text(said)
    box = frame.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.95, box["y"] + box["height"] * 0.05)
    assert page.locator(".result .readout").inner_text().startswith("row 0, column 9: ")
    frame.focus()
    page.mouse.move(0, 0)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/map/3/cell/0,9"))


def draw(page: Page, strokes: list[list[tuple[float, float]]]) -> None:
    box = page.locator(".pad").bounding_box()
    assert box
    for stroke in strokes:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point, steps=8)
        page.mouse.up()


def test_a_drawn_x_is_answered(open_page: Opener, keep: Callable[[Page], None]) -> None:
    page = open_page("#/input")
    page.wait_for_selector("canvas[data-drawn]")
    draw(page, [[(0.2, 0.2), (0.8, 0.8)], [(0.8, 0.2), (0.2, 0.8)]])
    expect(page.locator("[aria-label='The answer'] .quiet").first).to_contain_text("drawing")
    expect(page.locator(".says strong")).to_have_text("X")
    page.wait_for_timeout(600)  # the sliders' ranges are tried out when all is at rest
    expect(page.locator("#turn-noise")).not_to_have_text(" ")
    keep(page)


def test_an_x_is_drawn_with_keys(open_page: Opener) -> None:
    page = open_page("#/input")
    page.wait_for_selector("canvas[data-drawn]")
    page.locator(".pad").focus()
    for keys in (["ArrowUp", "ArrowLeft"] * 8, [" "], ["ArrowDown", "ArrowRight"] * 16, [" "]):
        for key in keys:
            page.keyboard.press(key)
    for keys in (["ArrowUp"] * 16, [" "], ["ArrowDown", "ArrowLeft"] * 16, [" "]):
        for key in keys:
            page.keyboard.press(key)
    expect(page.locator("[aria-label='The answer'] .quiet").first).to_contain_text("drawing")
    expect(page.locator(".says strong")).to_have_text("X")


def test_sliders_are_followed_within_a_tenth_of_a_second(open_page: Opener) -> None:
    page = open_page("#/input")
    page.wait_for_selector("canvas[data-drawn]")
    page.wait_for_load_state("networkidle")
    times = [page.evaluate(SLIDE, degrees) for degrees in range(1, 42)]
    assert statistics.median(times) < 100, f"{statistics.median(times):.0f} ms"
    assert "rotate=41" in page.url


def test_what_is_no_picture_is_refused_in_words(
    open_page: Opener, tmp_path: Path, keep: Callable[[Page], None]
) -> None:
    page = open_page("#/input", faults=True)
    page.wait_for_selector("canvas[data-drawn]")
    file = tmp_path / "letter.txt"
    file.write_text("Dear network,")
    page.locator("#upload").set_input_files(file)
    expect(page.get_by_role("alert")).to_contain_text("letter.txt, which is no picture of a known format")
    keep(page)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("#/network/conv9/map/1", "did you mean conv2"),
        ("#/network/conv2/map/3/cell/40,5", "cells of conv2 run from 0,0,0 to 15,9,9"),
        ("#/network?input=gone", "draw or send it again"),
    ],
)
def test_addresses_of_nothing_tell_the_range(open_page: Opener, address: str, words: str) -> None:
    page = open_page(address, faults=True)
    expect(page.get_by_role("alert")).to_contain_text(words)


def test_xo_is_learned_live_and_can_be_stopped(open_page: Opener, keep: Callable[[Page], None]) -> None:
    page = open_page("#/learn/9")
    state = page.locator(".trying [role=status]")
    before_training = children()
    page.locator("#line").fill("conv 8 5x5 pad 2 > relu > maxpool 2 > conv 8 3x3 > relu > maxpool 2")
    expect(page.locator(".planned tfoot")).to_contain_text("1,370")
    page.get_by_role("button", name="Train it").click()
    page.wait_for_selector(".kernels canvas")
    before = page.evaluate("() => document.querySelector('.kernels canvas').toDataURL()")
    expect(state).to_contain_text("trained", timeout=60_000)
    assert page.evaluate("() => document.querySelector('.kernels canvas').toDataURL()") != before
    share = float(re.findall(r"([\d.]+) %", state.inner_text())[0])
    assert share > 90
    keep(page)
    page.get_by_role("button", name="Train it").click()
    page.get_by_role("button", name="stop").click()
    expect(state).to_have_text("stopped")
    deadline = time.monotonic() + 10
    while children() != before_training:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def children() -> set[str]:
    """The processes that this one started and that still are: a live training is one of them."""
    return {child for file in Path("/proc/self/task").glob("*/children") for child in file.read_text().split()}


def test_a_line_that_does_not_fit_shows_its_caret(open_page: Opener) -> None:
    page = open_page("#/learn/9", faults=True)
    page.locator("#line").fill("conv 8 3x3 > maxpool 99")
    expect(page.locator(".planned pre")).to_contain_text("^^^^^")
    expect(page.get_by_role("button", name="Train it")).to_be_disabled()


def test_the_map_of_matches_is_worked_out_by_hand(open_page: Opener) -> None:
    page = open_page("#/learn/3")
    cells = page.locator(".matches .cell")
    expect(cells).to_have_count(49)
    texts = [text.replace("−", "-") for text in cells.all_inner_texts()[:7]]
    assert texts == ["0.78", "-0.11", "0.11", "0.33", "0.56", "-0.11", "0.33"]
    cells.nth(8).hover()
    expect(page.locator(".match")).to_have_text("1.00")
    page.goto(page.url.replace("/learn/3", "/learn/4"))
    pooled = page.locator(".chain").first.locator(".grid").nth(1).locator(".cell")
    expect(pooled).to_have_count(16)
    assert [float(text) for text in pooled.all_inner_texts()[:4]] == [1.00, 0.33, 0.56, 0.33]


def test_data_is_filtered_and_leads_to_the_network(open_page: Opener) -> None:
    page = open_page("#/data")
    page.locator("#filter-split").select_option("test")
    page.wait_for_url(re.compile("split=test"))
    page.locator("#filter-wrong").check()
    page.wait_for_url(re.compile("wrong=1"))
    page.wait_for_selector(".card.wrong")
    page.locator(".card").first.click()
    page.wait_for_url(re.compile("#/network.*input=example-"))
    expect(page.locator(".verdict")).to_have_text("wrong")


def test_curves_grow_with_a_training(open_page: Opener, run_folder: Path, growing: Callable[[int], None]) -> None:
    growing(1)
    page = open_page("#/runs?runs=growing")
    expect(page.locator(".listing tbody tr")).to_have_count(2)
    curve = page.locator(".chart polyline").first
    expect(curve).to_have_attribute("points", re.compile(r"^\S+$"))
    growing(3)
    expect(curve).to_have_attribute("points", re.compile(r"^\S+ \S+ \S+$"))


def test_runs_are_compared(open_page: Opener, run_folder: Path, growing: Callable[[int], None]) -> None:
    growing(2)
    page = open_page("#/runs?runs=letters")
    page.get_by_role("checkbox", name="growing").check()
    expect(page.get_by_role("heading", name="What they did differently")).to_be_visible()
    expect(page.get_by_role("region", name="Differences")).to_contain_text("architecture")


def test_colours_can_be_switched(open_page: Opener) -> None:
    page = open_page("#/network")
    page.wait_for_selector(".votes")
    paper = "() => getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.locator("#theme").click()
    page.wait_for_selector(".votes")
    assert page.evaluate(paper) != light
    page.reload()
    page.wait_for_selector(".votes")
    assert page.evaluate(paper) != light
