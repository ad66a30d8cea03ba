"""The routes of the teaching walk: its numbers, an architecture line tried out, X's and O's learned anew, live."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from striate.models.zoo import plan_network
from striate.records import JSON
from striate.report.layer import LayerRow, list_rows
from striate.serve.request import Here, work
from striate.serve.retrain import SHAPE, check_retrain, retrain
from striate.serve.teaching import make_walk

api = APIRouter(prefix="/api")


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """What an architecture line makes of an X or an O: every layer, and the sums."""

    line: str
    rows: tuple[LayerRow, ...]
    parameters: int
    multiply_adds: int


@api.get("/lesson")
async def read_lesson(request: Request, here: Here) -> JSON:
    """Give all numbers of the teaching walk."""
    return await work(request, here, make_walk)


@api.get("/plan")
async def read_plan(request: Request, here: Here, line: str) -> JSON:
    """Plan a line for X's and O's; a fault tells the line with a caret under what does not fit."""
    return await work(request, here, lambda: try_line(line))


@api.get("/retrain")
async def read_retrain(here: Here, line: str, epochs: int = 8, seed: int = 0) -> StreamingResponse:
    """Train a line on X's and O's, and tell epochs and first-layer kernels as server-sent events."""
    check_retrain(line, epochs=epochs, seed=seed)
    events = retrain(line, epochs=epochs, seed=seed, turn=here.training)
    return StreamingResponse(events, media_type="text/event-stream")


def try_line(line: str) -> Tried:
    """Resolve a line for pictures of X's and O's; raises NotationError."""
    plan = plan_network(line, SHAPE, outputs=2)
    return Tried(
        line=plan.line,
        rows=tuple(list_rows(plan)),
        parameters=plan.parameters,
        multiply_adds=plan.multiply_adds,
    )
