"""`striate cache` tells what is kept and clears it, for people and as JSON."""

from collections.abc import Callable
from pathlib import Path

import pytest


def test_cache_is_shown_and_cleared(striate: Callable, xo_folder: Path) -> None:
    assert "0 data sets, 0 B of at most 10.0 GB" in striate("cache").out
    striate("check", xo_folder)
    shown = striate("cache").out
    for word in (xo_folder.name, "160 x image 1x12x12", "1 data set,"):
        assert word in shown
    record = striate("cache", "--json").record
    assert [entry["source"] for entry in record["entries"]] == [str(xo_folder)]
    assert record["bytes"] == record["entries"][0]["bytes"] > 160 * 144
    assert "Removed 1 data set" in striate("cache", "--clear").out
    assert striate("cache", "--json").record["entries"] == []


def test_cache_that_is_off(striate: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIATE_CACHE", "off")
    assert "switched off" in striate("cache").out
    assert "switched off" in striate("cache", "--clear").out
    assert striate("cache", "--json").record["folder"] == ""


def test_limit_that_is_none(striate: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIATE_CACHE_LIMIT", "plenty")
    done = striate("cache")
    assert done.code == 2
    assert "STRIATE_CACHE_LIMIT is a number of bytes" in done.err
