"""The files of the page, read once: twenty small ones, wanted at once, each without a walk to the disk."""

from importlib.resources import files

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

INDEX = "index.html"
TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


class Page:
    """Answers GET and HEAD with a file of the page, `/` with its index; raises HTTPException for anything else."""

    def __init__(self) -> None:
        found = (file for file in (files("striate.serve") / "page").iterdir() if file.is_file())
        self.content = {file.name: file.read_bytes() for file in found}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["path"].removeprefix("/") or INDEX
        if name not in self.content or scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(404)
        await Response(self.content[name], media_type=TYPES[name.rpartition(".")[2]])(scope, receive, send)
