"""The peers' own virtual environments, made once under benchmarks/.venvs and kept.

fastai's borrows torch from the environment that runs this, so that its gigabytes are not installed twice.
"""

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

FOLDER = Path(__file__).parents[1] / ".venvs"
_BESIDE_FASTAI = (
    "fastcore",
    "fastprogress",
    "fastdownload",
    "plum-dispatch<2.10",
    "cloudpickle",
    "pandas",
    "requests",
    "pyyaml",
)
PACKAGES = {
    "tensorflow": ("tensorflow-cpu", "keras"),
    "jax": ("jax", "optax", "keras"),
    "fastai": ("fastai", "fasttransform", *_BESIDE_FASTAI),
}
BORROWS = {"fastai"}  # these are installed without dependencies, beside the torch that is here
ALONE = {"fastai", "fasttransform"}  # they ask for a torch and a torchvision that the timed loop does not need
MOST_SECONDS = 900.0


def ready(peer: str) -> tuple[str, str]:
    """Give the peer's Python and "", or "" and why it could not be had; installs at the first call."""
    folder = FOLDER / peer
    python, mark = folder / "bin" / "python", folder / ".installed"
    if not mark.exists():
        reason = _install(peer, folder, python)
        if reason:
            return "", reason
        mark.touch()
    return str(python), ""


def _install(peer: str, folder: Path, python: Path) -> str:
    venv.create(folder, with_pip=True, clear=True)
    rest = [name for name in PACKAGES[peer] if name not in ALONE]
    alone = [name for name in PACKAGES[peer] if name in ALONE]
    if peer in BORROWS:
        inside = sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)})
        Path(inside, "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return _pip(python, *rest) or (_pip(python, "--no-deps", *alone) if alone else "")


def _pip(python: Path, *words: str) -> str:
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=MOST_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"pip install {' '.join(words)} took over {MOST_SECONDS:.0f} seconds"
    last = done.stderr.strip().splitlines()[-1:]
    return f"pip install {' '.join(words)} failed: {' '.join(last):.300}" if done.returncode else ""


if __name__ == "__main__":
    for peer in sys.argv[1:] or PACKAGES:
        print(peer, *ready(peer))
