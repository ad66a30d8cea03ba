"""Training steps with the allocator set up and left as it is, in alternating processes: does it pay on this machine?

    python benchmarks/allocator.py [rounds]

Prints a row a network: the median step with and without, the factor, and the peak memory of both.
"""

import json
import os
import subprocess
import sys
import time
from statistics import median

CASES = {"resnet18 at 32 px": ("resnet18", 32, 32), "resnet18 at 224 px": ("resnet18", 224, 8)}
STEPS = 4


def work(line: str, size: int, batch: int) -> dict[str, float]:
    """Time training steps in this process: the median seconds, and the peak memory in bytes."""
    import torch
    from torch.nn.functional import cross_entropy

    from striate.models.network import build
    from striate.models.zoo import plan_network
    from striate.records import ImageInput
    from striate.runtime.allocator import peak_memory, set_up_allocator

    set_up_allocator()
    plan = plan_network(line, (3, size, size), outputs=10)
    network = build(plan, ImageInput(channels=3, height=size, width=size, mean=(0.5,) * 3, std=(0.25,) * 3)).train()
    x, y = torch.rand(batch, 3, size, size), torch.arange(batch) % 10
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9)
    times = []
    for _ in range(1 + STEPS):
        tick = time.monotonic()
        cross_entropy(network(x), y).backward()
        optimizer.step()
        optimizer.zero_grad()
        times.append(time.monotonic() - tick)
    return {"seconds": median(times[1:]), "peak": peak_memory()}


def run(case: str, allocator: str) -> dict[str, float]:
    """Do `work` in a process of its own."""
    command = [sys.executable, __file__, "--work", case]
    environment = {**os.environ, "STRIATE_ALLOCATOR": allocator}
    return json.loads(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)


def main(rounds: int) -> None:
    """Measure every case in alternating processes and print a table."""
    for case in CASES:
        pairs = [(run(case, "on"), run(case, "off")) for _ in range(rounds)]
        factors = sorted(off["seconds"] / on["seconds"] for on, off in pairs)
        on, off = (median(pair[i]["seconds"] for pair in pairs) for i in (0, 1))
        peaks = [max(pair[i]["peak"] for pair in pairs) / 1e6 for i in (0, 1)]
        print(
            f"{case}: on {1000 * on:.0f} ms, off {1000 * off:.0f} ms, x{median(factors):.2f} "
            f"[{factors[0]:.2f}, {factors[-1]:.2f}], n {rounds}; peak {peaks[0]:.0f} MB, off {peaks[1]:.0f} MB"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        print(json.dumps(work(*CASES[sys.argv[2]])))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
