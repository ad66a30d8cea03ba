"""The figures of one training step, side by side, into benchmarks/results/DATE-speed.json.

python -m benchmarks.speed                                  every net, every contender, 9 rounds
python -m benchmarks.speed lenet5 2-conv --rounds 7         some nets
python -m benchmarks.speed --only striate "pytorch default" some contenders
"""

import argparse
import datetime
import json
import random
import sys
import tempfile
from pathlib import Path

from benchmarks.speed.conductor import Worker, start, take_round
from benchmarks.speed.contenders import BEST, DEFAULT, ENTRIES, STRIATE, cores, prepare
from benchmarks.speed.limits import Limits, LimitsProgram, build_limits
from benchmarks.speed.nets import NETS, Net, training_operations
from benchmarks.speed.summary import ratio, summarise

RESULTS = Path(__file__).parents[1] / "results"
PRECISION_OF = {True: "bfloat16", False: "float32"}  # a choice that names bfloat16 is held against its limit


def time_net(net: Net, names: list[str], limits: LimitsProgram, *, rounds: int, seed: int, log: Path) -> dict:
    """Time all contenders on one net; give the record that goes into the file."""
    contenders, absent = prepare(net, names, threads=limits.threads)
    workers, fallen = start(contenders, log)
    chance = random.Random(seed)
    times: list[dict[str, float]] = []
    tops: list[Limits] = []
    try:
        _expect_equal_work(workers, net)
        for _ in range(rounds):
            tops.append(limits.run())
            times.append(take_round(workers, chance))
    finally:
        for worker in workers:
            worker.stop()
    operations = training_operations(net)
    seconds = {worker.name: [row[worker.name] for row in times] for worker in workers}
    return {
        "line": net.line,
        "input": net.input_shape,
        "batch": net.batch,
        "parameters": net.plan().parameters,
        "operations": operations,
        "limits": {name: summarise([top[name] for top in tops]) for name in tops[0]},
        "contenders": {worker.name: _figures(worker, seconds[worker.name], operations, tops) for worker in workers},
        "ratios": _ratios(seconds),
        "absent": {**absent, **fallen},
    }


def _expect_equal_work(workers: list[Worker], net: Net) -> None:
    """Stop when a framework built another network than the plan says."""
    parameters = net.plan().parameters
    for worker in workers:
        if ENTRIES[worker.name].same_work and worker.facts["parameters"] != parameters:
            raise SystemExit(f"{worker.name} has {worker.facts['parameters']:,} parameters, the plan {parameters:,}")


def _figures(worker: Worker, seconds: list[float], operations: int, tops: list[Limits]) -> dict:
    facts = worker.facts
    record = {"choice": facts["choice"], "versions": facts["versions"], "steps": worker.steps, "each": seconds}
    record["seconds"] = summarise(seconds)
    if ENTRIES[worker.name].same_work:
        precision = PRECISION_OF["bfloat16" in facts["choice"]]
        reached = [operations / s / (1e9 * top[precision]) for s, top in zip(seconds, tops, strict=True)]
        record["fraction_of_limit"] = {"precision": precision, **summarise(reached)}
    return record


def _ratios(seconds: dict[str, list[float]]) -> dict[str, dict]:
    """Say how many times as long as Striate each contender takes, and which was PyTorch's best setting."""
    if STRIATE not in seconds:
        return {}
    found = {name: ratio(each, seconds[STRIATE]) for name, each in seconds.items() if name != STRIATE}
    best = min((name for name in (DEFAULT, *BEST) if name in found), key=lambda name: found[name]["median"], default="")
    return {**found, "pytorch best": {**found[best], "which": best}} if best else found


def show(name: str, record: dict) -> None:
    """Print one net's table."""
    print(f"\n{name}: {record['line']}, batch {record['batch']}, {record['operations'] / 1e9:.2f} billion operations")
    for contender, figures in record["contenders"].items():
        times = record["ratios"].get(contender)
        over = f"x{times['median']:.2f} [{times['low']:.2f}, {times['high']:.2f}]" if times else ""
        share = f"{figures['fraction_of_limit']['median']:.0%}" if "fraction_of_limit" in figures else "other work"
        milliseconds = 1e3 * figures["seconds"]["median"]
        print(f"  {contender:28} {milliseconds:9.2f} ms  {over:22} {share:>10}  {figures['choice']}")
    for contender, reason in record["absent"].items():
        print(f"  {contender:28} absent: {reason}")


def machine() -> dict:
    from benchmarks.speed.workers.striate_route import make_device
    from striate.runtime.device import describe

    device = make_device(native=False, layout="nhwc", precision="float32", threads=cores())
    assert device is not None, "every version lays tensors out channels last"
    return describe(device)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("nets", nargs="*", default=list(NETS), metavar="NET", help=f"of {', '.join(NETS)}")
    parser.add_argument("--only", nargs="+", choices=list(ENTRIES), default=list(ENTRIES), metavar="CONTENDER")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--into", type=Path, default=RESULTS, help="folder of the JSON file")
    given = parser.parse_args()
    if unknown := set(given.nets) - set(NETS):
        parser.error(f"unknown nets {', '.join(sorted(unknown))}; choose from {', '.join(NETS)}")
    file = given.into / f"{datetime.date.today().isoformat()}-speed.json"
    results = json.loads(file.read_text()) if file.exists() else {"nets": {}}
    results["command"] = " ".join(["python -m benchmarks.speed", *sys.argv[1:]])
    results["machine"] = machine()
    with tempfile.TemporaryDirectory() as folder:
        limits = build_limits(Path(folder), threads=cores())
        for name in given.nets:
            log = Path(folder, f"{name}.log")
            record = time_net(NETS[name], given.only, limits, rounds=given.rounds, seed=given.seed, log=log)
            show(name, record)
            results["nets"][name] = record
            file.write_text(json.dumps(results, indent=1) + "\n")
    print(f"\n{file}")


if __name__ == "__main__":
    main()
