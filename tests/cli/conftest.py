"""Run commands in this process, as `striate` does, on small data."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from striate import cli
from striate.data.xo_set import save_xo


@dataclass(frozen=True)
class Done:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def record(self) -> dict:
        """The one JSON record on standard output."""
        assert len(self.out.strip().splitlines()) == 1
        return json.loads(self.out)


@pytest.fixture
def striate(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., Done]:
    """A function that runs one command line in a fresh folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path / "cache"))

    def run(*words: object) -> Done:
        monkeypatch.setattr("sys.argv", ["striate", *map(str, words)])
        capsys.readouterr()
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return Done(code, printed.out, printed.err)

    return run


@pytest.fixture(scope="session")
def xo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """120 + 40 small X's and O's as PNG files in train and test folders."""
    folder = tmp_path_factory.mktemp("data") / "letters"
    save_xo(folder, 120, 40, size=12, seed=1)
    return folder
