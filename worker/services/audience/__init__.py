"""Stored lists and saved texts, to be used again."""
