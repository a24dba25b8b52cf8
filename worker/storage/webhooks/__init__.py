"""Receivers of events, and the outbox of what they are still to be told."""
