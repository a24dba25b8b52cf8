"""Runs of the reconciliation, their differences, and balances."""
