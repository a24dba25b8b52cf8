"""Batches, numbers and provider campaigns while they are sent."""
