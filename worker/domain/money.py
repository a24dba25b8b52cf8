"""An amount of VND as it is written for programs."""

from decimal import Decimal


def number(amount: Decimal) -> int | float:
    """VND as JSON has it: whole unless the provider counts smaller."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)
