"""Every command and every example in README and docs runs, in a folder that holds what they speak of."""

import re
import shlex
import shutil
import subprocess
import sys
from itertools import product
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image
from sounds import noisy, write

from striate.data.xo import make_xo

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
STRIATE = Path(sys.executable).with_name("striate")


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.M | re.S)


def commands(page: Path) -> list[str]:
    lines = [line for block in blocks(page, "console") for line in block.splitlines()]
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


def expect_served(words: list[str], folder: Path, environment: dict[str, str]) -> None:
    """The command says where its page is, and the page is there."""
    with subprocess.Popen(words, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            said = process.stderr.readline()
            address = re.search(r"http://127\.0\.0\.1:\d+/", said)
            assert address, said + process.stderr.read()
            assert "Striate" in httpx.get(address[0]).text
        finally:
            process.terminate()


def plant_texts_and_signals(root: Path) -> None:
    """questions.txt, a labelled text a line; motions/, a CSV a signal in class folders."""
    rng = np.random.default_rng(0)
    told = {"place": ("where", "city", "river"), "person": ("who", "wrote", "king")}
    lines = [f"{label} {' '.join(rng.choice(words, 3))} {i} ?" for label, words in told.items() for i in range(30)]
    (root / "questions.txt").write_text("\n".join(lines) + "\n")
    for label, pace in (("walk", 0.3), ("run", 0.9)):
        (root / "motions" / label).mkdir(parents=True)
        for i in range(20):
            wave = np.sin(pace * np.arange(40) + rng.uniform(0, 6)) + 0.1 * rng.normal(size=40)
            np.savetxt(root / "motions" / label / f"{i}.csv", wave, fmt="%.4f")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """photos/ in class folders, photos.zip, labels.csv, arrays.npz, idx/, of small O's and X's; spoken/, of sounds."""
    plant_texts_and_signals(tmp_path)
    pictures, labels = make_xo(60, size=12, seed=0)
    rows = ["path,label"]
    for index, (picture, label) in enumerate(zip(pictures, labels, strict=True)):
        name = "one" if index < 2 else str(index)
        file = tmp_path / "photos" / ("cat", "dog")[label] / f"{name}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture[0]).save(file)
        rows.append(f"{file.relative_to(tmp_path)},{file.parent.name}")
    shutil.make_archive(str(tmp_path / "photos"), "zip", tmp_path, "photos")
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    np.savez(tmp_path / "arrays.npz", images=pictures[:, 0], labels=labels)
    idx = tmp_path / "idx"
    idx.mkdir()
    for split, part in (("train", slice(0, 40)), ("t10k", slice(40, 60))):
        images, values = pictures[part, 0], labels[part].astype(np.uint8)
        (idx / f"{split}-images-idx3-ubyte").write_bytes(
            b"\0\0\x08\x03" + np.array(images.shape, ">i4").tobytes() + images.tobytes()
        )
        (idx / f"{split}-labels-idx1-ubyte").write_bytes(
            b"\0\0\x08\x01" + np.array(values.shape, ">i4").tobytes() + values.tobytes()
        )
    for seed, (word, who, take) in enumerate(product(("no", "yes"), ("ann", "bob", "cy"), range(3))):
        write(tmp_path / "spoken" / f"{word}_{who}_{take}.wav", noisy({"no": "down", "yes": "up"}[word], seed))
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_run(page: Path, folder: Path) -> None:
    environment = {"PATH": f"{STRIATE.parent}:/usr/bin:/bin", "STRIATE_CACHE": "off", "STRIATE_THREADS": "1"}
    for command in commands(page):
        words = shlex.split(command)
        if words[0] == "make":
            assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(), flags=re.M), command
            continue
        assert words[0] == "striate", command
        if words[1] == "serve":
            expect_served([*words, "--port", "0"], folder, environment)
            continue
        done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples_run(page: Path, folder: Path) -> None:
    for block in blocks(page, "python"):
        done = subprocess.run([sys.executable, "-c", block], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{block}\n{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target
