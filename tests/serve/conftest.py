"""A small trained model, its service on a real port, and a real browser to look at it with."""

import dataclasses
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from served import Opener, Serving

from striate.checkpoint import save_model
from striate.data.xo_set import xo_catalogue
from striate.models.network import build
from striate.models.zoo import plan_network
from striate.predict import Model, load
from striate.records import ImageInput
from striate.train.run import train

LINE = "conv 6 5x5 pad 2 > relu > maxpool 2 > conv 16 5x5 > batchnorm > relu > maxpool 2 > dense 20 > relu"
CHROMIUM = shutil.which("chromium")
ARTEFACTS = Path(__file__).parents[1] / "artefacts"


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of one slow epoch on the X's and O's that `striate demo` draws: some of its answers are wrong."""
    folder = tmp_path_factory.mktemp("runs") / "letters"
    slow = {"rate": 0.003, "matrix_rate": 0.003}
    train(xo_catalogue(), architecture=LINE, run=folder, epochs=1, route="torch-nchw-float32-1", settings=slow)
    return folder


@pytest.fixture(scope="session")
def model(run_folder: Path) -> Model:
    return load(run_folder, engine="torch")


@pytest.fixture(scope="session")
def resnet(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """The service of a ResNet-18 at 224 pixels with first weights, and of twenty pictures of noise."""
    folder = tmp_path_factory.mktemp("large")
    spec = ImageInput(channels=3, height=224, width=224, mean=(0.5,) * 3, std=(0.25,) * 3)
    plan = plan_network("resnet18", (3, 224, 224), outputs=2)
    info = dataclasses.replace(model.info, architecture="resnet18", line=plan.line, input=spec, results={})
    save_model(folder / "model.safetensors", build(plan, spec).eval(), info)
    noise = np.random.default_rng(0).integers(0, 256, (20, 224, 224, 3), dtype=np.uint8)
    np.savez(folder / "noise.npz", images=noise, labels=np.array(model.info.classes)[np.arange(20) % 2])
    service = Serving(load(folder / "model.safetensors", engine="torch"), data=str(folder / "noise.npz"))
    yield service
    service.close()


@pytest.fixture(scope="session")
def serving(model: Model) -> Iterator[Serving]:
    service = Serving(model)
    yield service
    service.close()


@pytest.fixture(scope="session")
def client(serving: Serving) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=serving.address, timeout=30) as opened:
        opened.get("/api/examples").raise_for_status()  # the data is open from here on
        yield opened


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("needs chromium; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser: Browser, serving: Serving) -> Iterator[Opener]:
    """A function that opens an address of the page; at the end of the test nothing may have gone wrong in a console."""
    wrong: list[str] = []
    contexts = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            wrong.append(message.text)

    def opening(address: str, *, width: int = 1280, scheme: str = "light", faults: bool = False) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 860}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        if not faults:
            page.on("console", listen)
        page.goto(f"{serving.address}/{address}")
        return page

    yield opening
    for context in contexts:
        context.close()
    assert not wrong


@pytest.fixture
def keep(request: pytest.FixtureRequest) -> Callable[[Page], None]:
    """A function that keeps a picture of the page under tests/artefacts/."""

    def keeping(page: Page) -> None:
        ARTEFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTEFACTS / f"{request.node.name}.png", full_page=True, timeout=60_000)

    return keeping


@pytest.fixture
def growing(run_folder: Path) -> Iterator[Callable[[int], None]]:
    """A function that lets an unfinished run, `growing`, beside the finished one have so many epochs."""
    folder = run_folder.parent / "growing"
    folder.mkdir()
    (folder / "signature.json").write_text('{"architecture": "relu", "epochs": 9}')
    names, first = (run_folder / "history.csv").read_text().splitlines()

    def grow(epochs: int) -> None:
        rows = [first.replace("1,", f"{epoch},", 1) for epoch in range(1, epochs + 1)]
        (folder / "history.csv").write_text("\n".join([names, *rows]) + "\n")

    yield grow
    shutil.rmtree(folder)


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that another program listens at."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]
