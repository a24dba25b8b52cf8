"""Rules over the claims of a checked OpenID Connect token: whom it vouches for, and the role they get here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from worker.domain.roles import Role
from worker.errors import Misuse, Refused

EMAIL: Final = "email"
#: Some providers write the truth as a word.
_TRUE: Final = "true"


@dataclass(frozen=True, slots=True)
class EntryRules:
    """Who may come in by the provider."""

    #: The claim that must equal the name of a user.
    name_claim: str = EMAIL
    #: The claim that decides the role of a person who is no user yet; empty: nobody new comes in.
    role_claim: str = ""
    #: What it must hold for which role; the first that fits counts.
    roles: Sequence[tuple[str, Role]] = ()

    def name(self, claims: Mapping[str, Any]) -> str:
        """The name that the provider vouches for; Refused `openid_nameless` and `openid_unverified`."""
        said = _found(claims, self.name_claim)
        name = said.strip() if isinstance(said, str) else ""
        # Half a surrogate or a NUL is in no name, and in no column.
        if not name or not name.isprintable():
            raise Refused(
                "openid_nameless",
                f"The sign-in service does not say who you are: it has no {self.name_claim}. Tell an administrator of Loa.",
                {"claim": self.name_claim},
            )
        # Anybody can write any address into their account; only a verified one is theirs.
        verified = claims.get("email_verified")
        if self.name_claim == EMAIL and verified is not True and verified != _TRUE:
            raise Refused(
                "openid_unverified",
                "Your e-mail address is not verified at the sign-in service: verify it there, then come back.",
            )
        return name

    def role(self, claims: Mapping[str, Any]) -> Role | None:
        """The role of a person who is no user yet; None: they may not come in."""
        said = _found(claims, self.role_claim) if self.role_claim else None
        groups = [said] if isinstance(said, str) else said if isinstance(said, list) else []
        return next((role for group, role in self.roles if group in groups), None)


def parse_roles(written: str) -> tuple[tuple[str, Role], ...]:
    """The roles of a setting such as `loa-boss=approver,loa-team=marketer`; Misuse says what is wrong."""
    found = []
    for one in filter(None, (part.strip() for part in written.split(","))):
        group, sign, role = (part.strip() for part in one.rpartition("="))
        if not (group and sign) or role not in set(Role):
            raise Misuse(f"{one!r} is not group=role with a role of {', '.join(Role)}")
        found.append((group, Role(role)))
    return tuple(found)


def same_name(theirs: str, ours: str) -> bool:
    """Whether a provider's name is a user's. Other letters than ASCII must be the very same: many look or fold alike."""
    return theirs == ours or (theirs.isascii() and ours.isascii() and theirs.lower() == ours.lower())


def for_the_log(said: str, most: int = 200) -> str:
    """What a stranger or a provider said, as one line of ours."""
    return "".join(sign if sign.isprintable() else "?" for sign in said[:most])


def _found(claims: Mapping[str, Any], path: str) -> Any:
    """A claim by its name, or inside of others by a path such as `realm_access.roles`."""
    if path in claims:
        return claims[path]
    here: Any = claims
    for step in path.split("."):
        here = here.get(step) if isinstance(here, Mapping) else None
    return here
