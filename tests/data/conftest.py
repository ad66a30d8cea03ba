"""A cache of its own for every test, and the folder of photographs, planted once and opened once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from photographs import plant

from striate.data.catalogue import Catalogue
from striate.data.open import open_data


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The folder, and name -> fragment of the reason for every file that must be refused."""
    folder = tmp_path_factory.mktemp("data") / "photographs"
    return folder, plant(folder)


@pytest.fixture(scope="session")
def photographs(planted: tuple[Path, dict[str, str]]) -> Iterator[Catalogue]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STRIATE_CACHE", "off")
        yield open_data(planted[0])
