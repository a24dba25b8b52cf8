"""Sending: due batches are enqueued, claimed and called, each send mode in its own module."""
