"""What every route is asked with: the session, the sliders, and work that is done on the session's thread."""

import asyncio
from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from striate.records import JSON, to_json
from striate.serve.disturb import Disturbance
from striate.serve.session import Session
from striate.serve.work import answer

Result = TypeVar("Result")


def find_session(request: Request) -> Session:
    """Give the one session of the service."""
    session: Session = request.app.state.session
    return session


def read_disturbance(
    right: float = 0.0,
    down: float = 0.0,
    scale: float = 1.0,
    rotate: float = 0.0,
    blur: float = 0.0,
    noise: float = 0.0,
) -> Disturbance:
    """Read the places of all sliders."""
    return Disturbance(right=right, down=down, scale=scale, rotate=rotate, blur=blur, noise=noise)


async def read_id(request: Request, id: str) -> str:
    """Give the id of an input; one of the data waits until that is open."""
    if id.startswith("example-"):
        await opened(find_session(request))
    return id


Here = Annotated[Session, Depends(find_session)]
How = Annotated[Disturbance, Depends(read_disturbance)]
Id = Annotated[str, Depends(read_id)]


async def work(request: Request, session: Session, what: Callable[[], Result], *, urgent: bool = True) -> JSON:
    """Do some work on the session's thread, and give its record as JSON."""
    return to_json(await answer(request, session.worker.submit(what, urgent=urgent)))


async def opened(session: Session) -> None:
    """Open the data, and wait until that is done, or could not be."""
    await asyncio.wait({asyncio.wrap_future(session.open())})
