"""The routes: what the page asks for, and the record that answers it."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, FastAPI, Query, Request, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from striate.errors import DataError, StriateError, UsageError
from striate.records import JSON, to_json
from striate.serve import learn, runs
from striate.serve.disturb import SLIDERS
from striate.serve.examples import view_example, view_examples
from striate.serve.guard import LOOPBACK, Guard, tell_fault
from striate.serve.inputs import MOST_BYTES
from striate.serve.model import view_data, view_model
from striate.serve.patches import find_patches
from striate.serve.request import Here, How, Id, opened, work
from striate.serve.session import Session
from striate.serve.static import Page
from striate.serve.sweep import sweep
from striate.serve.unfolded import view_cell, view_votes
from striate.serve.views import view_look, view_map, view_maps
from striate.serve.why import view_why
from striate.serve.work import answer

MAPS = 24  # of one layer that a page of maps may hold

api = APIRouter(prefix="/api")


def create_app(session: Session, *, hosts: Iterable[str] = LOOPBACK) -> FastAPI:
    """Make the service of one session, for requests that name one of `hosts` ("*": any)."""

    @asynccontextmanager
    async def closing(_: FastAPI) -> AsyncIterator[None]:
        yield
        session.close()

    app = FastAPI(title="Striate", docs_url=None, redoc_url=None, lifespan=closing)
    app.state.session = session
    app.add_middleware(Guard, hosts=hosts)
    app.exception_handler(StriateError)(_refuse)
    app.exception_handler(RequestValidationError)(_refuse_request)
    app.exception_handler(HTTPException)(_refuse_path)
    for router in (api, learn.api, runs.api):
        app.include_router(router)
    app.mount("/", Page())
    return app


@api.get("/model")
async def read_model(request: Request, here: Here) -> JSON:
    """Describe the network, its classes and its sliders."""
    return await work(request, here, lambda: view_model(here))


@api.get("/data")
async def read_data(request: Request, here: Here) -> JSON:
    """Describe the data, when it is open."""
    await opened(here)
    return await work(request, here, lambda: view_data(here))


@api.get("/first")
async def read_first(request: Request, here: Here) -> JSON:
    """Give the id of the input that is shown first."""
    id = await work(request, here, here.first)
    if id is None:
        await opened(here)
        id = await work(request, here, here.first)
    return {"id": id}


@api.post("/inputs")
async def add_input(request: Request, here: Here, file: UploadFile) -> JSON:
    """Take a picture file that was drawn or chosen, and give its id."""
    content = await file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise DataError(f"an upload has at most {MOST_BYTES:,} bytes", got="more", fix="send a smaller copy")
    return {"id": await work(request, here, lambda: here.inputs.add(content, file.filename or "upload").id)}


@api.get("/inputs/{id}")
async def read_look(request: Request, here: Here, how: How, id: Id) -> JSON:
    """Give the answer to an input, and the picture that the network saw."""
    return await work(request, here, lambda: view_look(here.look(id, how), here.model.info.classes))


@api.get("/inputs/{id}/maps")
async def read_maps(
    request: Request,
    here: Here,
    how: How,
    id: Id,
    layer: Annotated[list[str], Query()],
    page: int = 0,
    count: Annotated[int, Query(ge=1, le=MAPS)] = 6,
) -> JSON:
    """Give a page of feature maps of each layer asked for."""
    return await work(
        request, here, lambda: [view_maps(here.look(id, how), one, page=page, count=count) for one in layer]
    )


@api.get("/inputs/{id}/map")
async def read_map(request: Request, here: Here, how: How, id: Id, layer: str, channel: int) -> JSON:
    """Give one feature map with every value."""
    return await work(request, here, lambda: view_map(here.look(id, how), layer, channel))


@api.get("/inputs/{id}/cell")
async def read_cell(request: Request, here: Here, how: How, id: Id, layer: str, cell: str) -> JSON:
    """Unfold a cell, written C,ROW,COLUMN or just C, into the terms that made it."""
    return await work(request, here, lambda: view_cell(here.look(id, how), layer, _read_cell(cell)))


@api.get("/inputs/{id}/votes")
async def read_votes(request: Request, here: Here, how: How, id: Id, k: int | None = None) -> JSON:
    """Say what spoke for and against class k, or else the answer."""
    return await work(request, here, lambda: view_votes(here.look(id, how), k, here.model.info.classes))


@api.get("/inputs/{id}/why")
async def read_why(request: Request, here: Here, how: How, id: Id, k: int) -> JSON:
    """Map which pixels spoke for a class, and say whether the map stood its tests."""
    classes = here.model.info.classes
    if not 0 <= k < len(classes):
        raise UsageError(f"classes are numbered 0 to {len(classes) - 1}", got=str(k), fix="choose one of them")
    pixels = await answer(request, here.worker.submit(lambda: here.look(id, how).pixels))
    return to_json(await answer(request, here.patient.submit(lambda: view_why(here.twin, pixels, classes[k]))))


@api.get("/inputs/{id}/sweep/{slider}")
async def read_sweep(request: Request, here: Here, how: How, id: Id, slider: str) -> JSON:
    """Move a slider over its range, and say what the network answers on the way."""
    if slider not in SLIDERS:
        raise UsageError("a slider must be one of the page", got=repr(slider), fix=f"choose from {', '.join(SLIDERS)}")
    network, classes = here.model.network, here.model.info.classes
    return await work(request, here, lambda: sweep(network, here.find(id), how, slider, classes), urgent=False)


@api.get("/patches")
async def read_patches(request: Request, here: Here, layer: str, channel: int) -> JSON:
    """Find the parts of examples that excite a map most."""
    await opened(here)
    network = here.model.network
    return await work(request, here, lambda: find_patches(network, here.read_gallery(), layer, channel), urgent=False)


@api.get("/examples")
async def read_examples(
    request: Request,
    here: Here,
    split: str = "",
    label: str = "",
    wrong: bool = False,
    order: str = "catalogue",
    page: int = 0,
) -> JSON:
    """Give a page of the catalogue."""
    await opened(here)
    return await work(
        request,
        here,
        lambda: view_examples(here.answer_all(), split=split, label=label, wrong=wrong, order=order, page=page),
    )


@api.get("/examples/{index}")
async def read_example(request: Request, here: Here, index: int) -> JSON:
    """Give one example of the catalogue."""
    await opened(here)
    return await work(request, here, lambda: view_example(here.read_gallery(), index))


def _read_cell(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(part.isdecimal() and len(part) < 10 for part in parts):
        raise UsageError("a cell is C,ROW,COLUMN, counted from 0", got=repr(text), fix="write 3,4,5, say")
    return tuple(int(part) for part in parts)


async def _refuse(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, StriateError)
    return tell_fault(error, 422)


async def _refuse_request(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"][1:]) or "the request"
    rule = "a request has the parts that openapi.json names"
    return tell_fault(UsageError(rule, got=f"{name}: {first['msg']}", fix="mend that part"), 422)


async def _refuse_path(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return tell_fault(UsageError("an address must exist", got=str(error.detail), fix="begin at /"), error.status_code)
