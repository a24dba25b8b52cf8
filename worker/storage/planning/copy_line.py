"""Values as they stand in a line of COPY."""

from worker.domain.consent import Consent


def cell(value: str) -> str:
    """A text as COPY wants it."""
    return (
        value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r").replace("\x00", "")
    )


def proof(consent: Consent | None) -> str:
    """The columns of a consent, each behind a tab; nothing of a row without one."""
    if consent is None:
        return "\t\\N" * 3
    return f"\t{consent.at.isoformat()}\t{cell(consent.source)}\t{cell(consent.evidence)}"
