"""Emulators of the three providers, for the demo and the tests; they share nothing with the adapters they judge."""
