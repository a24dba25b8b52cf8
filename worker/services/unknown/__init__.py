"""Calls whose outcome is unknown: look-up in the provider's record, or a person's word."""
