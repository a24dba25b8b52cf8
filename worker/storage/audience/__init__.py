"""Stored audiences and saved texts."""
