"""An ordinary folder of photographs with every fault that such folders have, through the whole job."""

import csv
import html
from collections.abc import Callable
from pathlib import Path

from photographs import STATED, plant

LINE = "conv 8 3x3 /2 pad 1 > batchnorm > relu > maxpool 2 > residual 16 /2 > globalpool"


def test_trains_balances_and_names_every_fault(striate: Callable, tmp_path: Path) -> None:
    refused = plant(tmp_path / "photographs")
    command = ("train", "photographs", "--architecture", LINE, "--epochs", 8, "--size", 32, "--run", "run", "--json")
    stopped = striate(*command)
    assert stopped.code == 2 and "--allow-refused" in stopped.err
    done = striate(*command, "--allow-refused")
    assert done.code == 0, done.err
    run = done.record

    ledger = run["ledger"]
    assert ledger["found"] == ledger["used"] + ledger["refused"]
    assert ledger["used"] == sum(sum(split.values()) for split in run["data"]["counts"].values())
    reasons = {refusal["name"]: refusal["reason"] for refusal in ledger["refusals"]}
    assert reasons.keys() == refused.keys()
    for name, fragment in refused.items():
        assert fragment in reasons[name], name

    report = html.unescape((tmp_path / "run" / "report.html").read_text())
    for name in refused:
        assert name in report
    notices = " ".join(notice["what"] for notice in ledger["notices"])
    for what in STATED.values():
        assert what in notices
    with (tmp_path / "run" / "catalogue.csv").open() as rows:
        status = [row["status"] for row in csv.DictReader(rows)]
    assert (status.count("used"), status.count("refused")) == (ledger["used"], ledger["refused"])

    assert run["validation"]["value"] > 1 / 3  # three subjects, told apart better than by chance
    assert striate("test", "run", "photographs", "--json").record["test"]["accuracy"] == run["test"]["accuracy"]
    mixed = striate("predict", "run", "photographs", "--json")
    assert mixed.code == 0
    assert len(mixed.record["predictions"]) >= ledger["used"]
