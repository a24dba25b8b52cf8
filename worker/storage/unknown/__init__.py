"""Batches whose outcome is unknown."""
