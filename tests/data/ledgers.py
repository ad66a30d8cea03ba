"""What the ledger of a catalogue says, in the forms that tests ask for."""

from pathlib import Path

from striate.data.catalogue import Catalogue


def expect_said(catalogue: Catalogue, what: str, *names: str) -> None:
    """One notice speaks of `what`, and of as many names; those that it holds are among these, each by a part of it."""
    found = [notice for notice in catalogue.ledger.notices if what in notice.what]
    assert len(found) == 1, (what, catalogue.ledger.notices)
    assert found[0].count == len(names)
    assert found[0].names and all(any(name in full for name in names) for full in found[0].names), found


def refused(catalogue: Catalogue) -> dict[str, str]:
    """The reasons of refusals by name."""
    return {refusal.name: refusal.reason for refusal in catalogue.ledger.refusals}


def counts(catalogue: Catalogue) -> dict[str, int]:
    """The number of boxes of each picture."""
    numbers = (catalogue.targets[:, :, 0] >= 0).sum(axis=1).tolist()
    return {Path(name).stem: n for name, n in zip(catalogue.names, numbers, strict=True)}
