"""Nothing twice, nothing lost: faults of every kind against a whole Loa, with the sandbox's ledger as the judge."""
