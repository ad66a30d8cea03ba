"""docs/speed.png from the newest benchmarks/results/*-speed.json: how many times as long each contender's step takes.

python -m benchmarks.picture
"""

import json
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

RESULTS = Path(__file__).parent / "results"
PICTURE = Path(__file__).parents[1] / "docs" / "speed.png"
SHOWN = ("pytorch default", "pytorch best", "keras tensorflow", "keras jax", "jax", "fastai")


def draw(results: dict, file: Path) -> None:
    """One group of bars a net, 95 % intervals as whiskers; 1 is Striate, the dashed line the machine's limit."""
    nets = {name: net for name, net in results["nets"].items() if net["ratios"]}
    figure, axes = plt.subplots(figsize=(9, 4.5), layout="constrained")
    width = 0.8 / len(SHOWN)
    for place, contender in enumerate(SHOWN):
        spots = [(i, net["ratios"][contender]) for i, net in enumerate(nets.values()) if contender in net["ratios"]]
        if not spots:
            continue
        middles = [ratio["median"] for _, ratio in spots]
        below = [ratio["median"] - ratio["low"] for _, ratio in spots]
        above = [ratio["high"] - ratio["median"] for _, ratio in spots]
        at = [i + (place - (len(SHOWN) - 1) / 2) * width for i, _ in spots]
        axes.bar(at, middles, width, yerr=[below, above], label=contender, capsize=2)
    for i, net in enumerate(nets.values()):
        limit = net["contenders"]["striate"]["fraction_of_limit"]["median"]
        axes.hlines(limit, i - 0.45, i + 0.45, colors="black", linestyles="dashed", label="" if i else "the limit")
    axes.axhline(1, color="black", label="Striate")
    axes.set_xticks(range(len(nets)), [f"{name}\nbatch {net['batch']}" for name, net in nets.items()])
    axes.set_ylabel("seconds of a training step / Striate's")
    axes.legend(ncols=2, frameon=False)
    machine = results["machine"]
    axes.set_title(f"{machine['cpu']}, {machine['threads']} threads, torch {machine['torch']}", fontsize=9)
    figure.savefig(file, dpi=130)
    plt.close(figure)


def main() -> None:
    files = sorted(RESULTS.glob("*-speed.json"))
    if not files:
        raise SystemExit("there must be a benchmarks/results/*-speed.json; run python -m benchmarks.speed first")
    draw(json.loads(files[-1].read_text()), PICTURE)
    print(PICTURE)


if __name__ == "__main__":
    main()
