"""Stored callbacks, and the figures of /metrics."""
