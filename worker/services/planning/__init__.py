"""Planning: a campaign request becomes a schedule, a list summary, and stored batches."""
