"""When does what run? The beat schedule and its sweeps."""
