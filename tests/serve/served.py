"""A service to look at, and how a test reads what the page writes."""

import re
import threading
import time
from collections.abc import Callable

import torch
import uvicorn
from playwright.sync_api import Page

from striate.explain.observe import Observation, observe
from striate.predict import Model
from striate.serve.app import create_app
from striate.serve.run import take_port
from striate.serve.session import Session

Opener = Callable[..., Page]


class Serving:
    """The service of one model on a free port of this machine, in a thread; `ready` seconds after it was asked for."""

    def __init__(self, model: Model, data: str | None = None) -> None:
        began = time.perf_counter()
        door = take_port("127.0.0.1", 0)
        self.session = Session(model, data=data)
        self.server = uvicorn.Server(
            uvicorn.Config(create_app(self.session), log_level="error", ws="none", timeout_graceful_shutdown=1)
        )
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [door]})
        self.address = f"http://127.0.0.1:{door.getsockname()[1]}"
        self.thread.start()
        while not self.server.started:
            time.sleep(0.005)
        self.ready = time.perf_counter() - began

    def close(self) -> None:
        self.server.should_exit = True
        self.thread.join()


def number(text: str) -> float:
    """Read a number as the page writes it."""
    powers = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--")
    return float(text.strip().translate(powers).replace("·10", "e").replace(",", ""))


def digits(text: str) -> float:
    """Half of the last digit's worth: how far a written number may lie from the true one."""
    mantissa, _, power = text.strip().replace("−", "-").partition("·10")
    exponent = int(power.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")) or 0)
    return 0.5001 * 10.0 ** (exponent - len(mantissa.partition(".")[2]))


def pixels(serving: Serving, id: str) -> torch.Tensor:
    """(C, H, W) uint8: an input of the service."""
    return serving.session.worker.submit(lambda: serving.session.find(id).pixels).result(10)


def seen(model: Model, serving: Serving, id: str) -> Observation:
    """What the network makes of an input, found without the page."""
    return observe(model.network, pixels(serving, id)[None])


def input_of(page: Page) -> str:
    page.wait_for_function("() => location.hash.includes('input=')")
    found = re.search(r"input=([^&]+)", page.url)
    assert found
    return found[1]
