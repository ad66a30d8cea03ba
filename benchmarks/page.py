"""How long a person waits on the page of a model: for the first view, and for the picture to follow a slider.

python benchmarks/page.py RUN [DATA]    into benchmarks/results/DATE-page-ARCHITECTURE.json

`striate serve` as a process of its own, headless Chromium beside it on the same machine. First view: from the moment
that the service says where it is until feature maps and votes are drawn, in a browser that is awake. Slider: from the
event until the page has drawn the answer, the picture and three layers' maps.
"""

import argparse
import datetime
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from striate.checkpoint import load_model
from striate.runtime.device import choose_device, describe

RESULTS = Path(__file__).parent / "results"
STARTS = 5
MOVES = 100
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


@contextmanager
def served(words: list[str]) -> Iterator[str]:
    """Serve a model, and give the address of its page."""
    command = [str(Path(sys.executable).with_name("striate")), "serve", *words, "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        found = re.search(r"http://\S+/", process.stderr.readline())
        assert found
        try:
            yield found[0]
        finally:
            process.terminate()


def first_view(browser: Browser, words: list[str]) -> float:
    page = browser.new_context(viewport={"width": 1280, "height": 860}).new_page()
    with served(words) as address:
        began = time.perf_counter()
        page.goto(f"{address}#/network")
        page.wait_for_selector(".layer .maps canvas")
        page.wait_for_selector(".votes")
        took = time.perf_counter() - began
        page.context.close()
    return took


def slider(browser: Browser, words: list[str]) -> list[float]:
    """Milliseconds of MOVES moves, one after the other."""
    page = browser.new_context(viewport={"width": 1280, "height": 860}).new_page()
    with served(words) as address:
        page.goto(f"{address}#/input")
        page.wait_for_selector("canvas[data-drawn]")
        page.wait_for_load_state("networkidle")
        times = [page.evaluate(SLIDE, degrees) for degrees in range(1, MOVES + 1)]
        page.context.close()
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description="The page: seconds of the first view, milliseconds of a slider")
    parser.add_argument("run", type=Path)
    parser.add_argument("data", nargs="?")
    asked = parser.parse_args()
    words = [str(asked.run), *(["--data", asked.data] if asked.data else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        browser.new_page().goto("about:blank")
        views = [first_view(browser, words) for _ in range(STARTS)]
        moves = slider(browser, words)
    info = load_model(asked.run / "model.safetensors").info
    record = {
        "machine": describe(choose_device()),
        "architecture": info.architecture,
        "input": [info.input.channels, info.input.height, info.input.width],
        "first_view_seconds": {"median": median(views), "all": views},
        "slider_milliseconds": {"median": median(moves), "worst": max(moves), "n": len(moves)},
    }
    name = re.sub(r"[^a-z0-9]+", "-", info.architecture.lower())[:20].strip("-")
    file = RESULTS / f"{datetime.date.today().isoformat()}-page-{name}.json"
    file.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
