"""How much of the data may be refused before training stops: what is left might not be its owner's data."""

from striate.errors import DataError
from striate.records import Ledger
from striate.report.ledger import tell_refused

MOST_REFUSED = 0.05  # share of the examples found


def expect_few_refused(source: str, ledger: Ledger) -> None:
    """Raise DataError with reasons, counts and first names where more than 5 % of the examples are refused."""
    if ledger.refused > MOST_REFUSED * ledger.found:
        raise DataError(
            f"at most {MOST_REFUSED:.0%} of the examples may be refused",
            got=f"{source}: {ledger.refused:,} of {ledger.found:,}; {tell_refused(ledger)}",
            fix="mend them or take them out, or type --allow-refused to train on the others"
            " (in Python: train(open_data(...)))",
        )
