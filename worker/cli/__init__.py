"""The command `loa`: a door to the services for people and for scripts."""

from worker.cli.root import main

__all__ = ["main"]
