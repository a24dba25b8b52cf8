"""FPT's campaigns: create one at the provider, push its numbers, read its quota, cancel it."""
