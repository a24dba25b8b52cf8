"""The beat schedule and its sweeps."""
