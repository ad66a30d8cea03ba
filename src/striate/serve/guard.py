"""The door: requests must name this machine, come from its own page, and bring no more than an upload may hold."""

from collections.abc import Iterable

from fastapi.responses import JSONResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from striate.errors import StriateError, UsageError
from striate.serve.inputs import MOST_BYTES

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
ANY = "*"
ENVELOPE = 2**16  # bytes that a form may add to its file
HEADERS = {
    "content-security-policy": "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
}


class Guard:
    """Refuses foreign names (DNS rebinding), other sites' pages and oversized uploads before anything is read."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self.app, self.hosts = app, frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        error = self._find_fault(Headers(scope=scope), scope["path"])
        if error is not None:
            await tell_fault(error, 403)(scope, receive, send)
            return

        async def add_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self.app(scope, receive, add_headers)

    def _find_fault(self, headers: Headers, path: str) -> StriateError | None:
        host = headers.get("host", "")
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
        if ANY not in self.hosts and name not in self.hosts:
            return UsageError("a request names this machine", got=name or "no host", fix="serve with --host 0.0.0.0")
        if headers.get("sec-fetch-site") == "cross-site" and path.startswith("/api"):
            return UsageError("a request comes from the page itself", got="another site's", fix="open the page")
        if "transfer-encoding" in headers:
            return UsageError(
                "an upload says beforehand how long it is", got="no content-length", fix="send its length"
            )
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > MOST_BYTES + ENVELOPE:
            rule = f"an upload has at most {MOST_BYTES:,} bytes"
            return UsageError(rule, got=f"{length:.20}", fix="send a smaller copy")
        return None


def tell_fault(error: StriateError, status: int) -> JSONResponse:
    """Answer with an error's three parts, and its whole message."""
    body = {"rule": error.rule, "got": error.got, "fix": error.fix, "message": str(error)}
    return JSONResponse({"error": body}, status)
