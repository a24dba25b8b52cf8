"""The guards that `mutations` drops one by one: one term of a WHERE, or one condition, written so that it no longer guards.

A new guard gets a line here, and a test that fails without it.
"""

from tests.reliability.guards import calls, cancels, passwords, pushes, rows, unknown, zalo
from tests.reliability.guards.base import DIRECT, Mutation

MUTATIONS = (
    *calls.GUARDS,
    *pushes.GUARDS,
    *cancels.GUARDS,
    *unknown.GUARDS,
    *passwords.GUARDS,
    *rows.GUARDS,
    *zalo.GUARDS,
)

__all__ = ["DIRECT", "MUTATIONS", "Mutation"]
