"""The verbs of Loa; each owns its transactions."""
