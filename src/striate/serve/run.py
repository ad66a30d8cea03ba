"""The verb `serve`: load a model, take a port, and answer until Ctrl-C."""

import socket
from pathlib import Path

import torch

from striate.errors import UsageError
from striate.predict import load
from striate.runtime.device import asked_threads
from striate.runtime.progress import say

MISSING = 'pip install "striate[serve]"'


def serve(model: str | Path, *, data: str | None = None, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve the page of a model at http://host:port/ until Ctrl-C.

    `data` are its examples (default: what run.json beside the model file says it was trained on). Raises UsageError
    where the port is taken or the optional parts are not installed, ModelFileError for what is no model.
    """
    if not 0 <= port < 65_536:
        raise UsageError("a port is a number from 0 (any that is free) to 65535", got=str(port), fix="use --port 8000")
    try:
        import uvicorn

        from striate.serve.app import create_app
        from striate.serve.guard import ANY, LOOPBACK
        from striate.serve.session import Session
    except ImportError as error:
        raise UsageError("serving needs its optional parts", got=str(error), fix=MISSING) from None
    door = take_port(host, port)
    torch.set_num_threads(asked_threads() or torch.get_num_threads())
    session = Session(load(model, engine="torch"), data=data)
    app = create_app(session, hosts=LOOPBACK if host in LOOPBACK or f"[{host}]" in LOOPBACK else (ANY,))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none", timeout_graceful_shutdown=1))
    door.listen()  # whoever comes from now on waits in line
    say(f"Open http://{_as_typed(host)}:{door.getsockname()[1]}/ (Ctrl-C ends)")
    server.run(sockets=[door])


def _as_typed(host: str) -> str:
    """An address as a browser takes it."""
    if host in ("", "0.0.0.0"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def take_port(host: str, port: int) -> socket.socket:
    """Take a port before anything slow is done; raises UsageError where another program has it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named, or asyncio leaves Nagle's delay on
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
    except OSError as error:
        door.close()
        got = f"{host}:{port} ({error.strerror or error})"
        raise UsageError("the port must be free", got=got, fix=f"stop what uses it, or add --port {port + 1}") from None
    return door
