"""Compares our rows with the providers' records: read, compared, kept, shown.

`run` compares, `read` fetches a record whose pages move, `money` compares money, counts and quotas, `results` shows.
Nothing is settled here: what a record proves of an unknown call is a difference to be told (`unknown_found`).
"""

from worker.services.reconcile.results import KINDS, Overview, last, latest, overview, write
from worker.services.reconcile.run import Progress, ask, reconcile, run_asked

__all__ = ["KINDS", "Overview", "Progress", "ask", "last", "latest", "overview", "reconcile", "run_asked", "write"]
