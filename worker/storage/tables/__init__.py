"""All tables. Importing any of them fills METADATA, which migrations are compared with."""

from sqlmodel import SQLModel

from worker.storage.tables import (
    api,
    approval,
    audience,
    callbacks,
    campaigns,
    console,
    incoming,
    messages,
    people,
    policy,
    reconcile,
    subscribers,
    webhooks,
)

__all__ = [
    "METADATA",
    "api",
    "approval",
    "audience",
    "callbacks",
    "campaigns",
    "console",
    "incoming",
    "messages",
    "people",
    "policy",
    "reconcile",
    "subscribers",
    "webhooks",
]

#: The shape that the database should have.
METADATA = SQLModel.metadata
