"""A stranger's five questions, each walked on the page without reading anything else."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect
from served import Opener, Serving, digits, input_of, number, seen

from striate.explain.trace import trace_votes
from striate.predict import Model


def test_why_did_it_say_that(open_page: Opener, model: Model, serving: Serving) -> None:
    """The first thing that one sees names the answer; below it stands what spoke for and against, largest first."""
    page = open_page("")
    page.wait_for_selector(".votes")
    says = page.locator(".says strong").inner_text()
    expect(page.locator(".desk h2")).to_contain_text(f"Why {says}?")
    k = model.info.classes.index(says)
    votes = trace_votes(seen(model, serving, input_of(page)), k, model.info.classes)
    for row, vote in zip(page.locator(".votes tbody tr").all()[:5], votes.votes[:5], strict=True):
        text = row.locator("td").last.inner_text()
        assert row.locator("th").inner_text() == f"unit {vote.channel}"
        assert abs(number(text) - vote.total) <= digits(text)


def test_what_does_layer_3_look_for(open_page: Opener, keep: Callable[[Page], None]) -> None:
    """A map of the third layer, clicked, shows the parts of pictures that excite it, each one click from its sum."""
    page = open_page("#/network")
    page.wait_for_selector(".votes")
    page.locator("[data-layer=conv2] .maps a").first.click()
    expect(page.locator(".patches h3")).to_contain_text("What it looks for")
    patches = page.locator(".patches .strip a")
    expect(patches).to_have_count(8)
    keep(page)
    largest = patches.first.inner_text().rpartition(": ")[2]
    patches.first.click()
    page.wait_for_selector(".equation")
    assert page.locator(".equation .final .much").inner_text() == largest


def test_what_would_change_its_mind(open_page: Opener) -> None:
    """The votes say which voters its lead rests on; the sliders say how far each can go until the answer turns."""
    page = open_page("#/network")
    page.wait_for_selector(".mind")
    expect(page.locator(".mind")).to_contain_text("What would change its mind?")
    page.locator(".mind a", has_text="disturb").click()
    page.wait_for_selector("canvas[data-drawn]")
    said = page.locator(".says strong").inner_text()
    turns = page.locator(".turn", has_text="it says")
    expect(turns.first).to_be_visible()
    name, text = turns.first.get_attribute("id"), turns.first.inner_text()
    found = re.search(r"at ([−\d.]+) it says (\w)", text)
    assert name
    assert found
    assert found[2] != said
    slider = page.locator(f"#slider-{name.removeprefix('turn-')}")
    step = -1 if number(found[1]) < number(slider.input_value()) else 1
    slider.focus()
    for _ in range(200):
        page.keyboard.press("ArrowRight" if step > 0 else "ArrowLeft")
        if (number(slider.input_value()) - number(found[1])) * step >= 0:
            break
    expect(page.locator(".says strong")).to_have_text(found[2])


def test_where_did_this_number_come_from(open_page: Opener) -> None:
    """A probability leads to the votes, a vote to its products, a product to a cell, a cell to the pixels."""
    page = open_page("#/network")
    page.wait_for_selector(".votes")
    page.locator(".desk p a", has_text="%").click()
    expect(page.locator(".sum h2")).to_contain_text("probability of")
    layers = []
    for _ in range(12):
        layers.append(page.locator(".sum h2").inner_text().split(" ")[0])
        if layers[-1] == "input":
            break
        before = page.url
        page.locator(".patch-grid a").first.click()
        page.wait_for_function("(before) => location.href !== before", arg=before)
        page.wait_for_function(
            "(old) => !document.querySelector('.sum h2').textContent.startsWith(old)", arg=layers[-1]
        )
    assert layers[0] == "probability"
    assert layers[1] == "head"
    assert layers[-1] == "input"
    expect(page.locator(".group-head")).to_contain_text("the pixel")


def test_which_pictures_does_it_get_wrong_and_why(open_page: Opener, keep: Callable[[Page], None]) -> None:
    """The catalogue, wrong answers only, most wrong first; one click, and the votes say why."""
    page = open_page("#/data?wrong=1&order=most+wrong")
    page.wait_for_selector(".card.wrong")
    keep(page)
    truth, _, answer = page.locator(".card .words").first.inner_text().partition(" → ")
    page.locator(".card").first.click()
    page.wait_for_selector(".votes")
    expect(page.locator(".says strong")).to_have_text(answer)
    expect(page.locator(".seen")).to_contain_text(f"truth: {truth}")
    expect(page.locator(".verdict")).to_have_text("wrong")
    expect(page.locator(".desk h2")).to_contain_text(f"Why {answer}?")
