"""Settings for sign-in by OpenID Connect: off by default; the first three are set together."""

from typing import Final

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from worker.domain.openid import EMAIL, EntryRules, parse_roles
from worker.errors import Misuse
from worker.openid.account import OpenIdAccount, fault_of_issuer

_TOGETHER: Final = ("oidc_issuer", "oidc_client_id", "oidc_client_secret")


class OpenId(BaseSettings):
    """The registration at a provider, and who comes in by it."""

    oidc_issuer: str = Field(
        default="",
        description="The exact issuer of the OpenID Connect provider at which people sign in to the console; empty: "
        "passwords only.",
    )
    oidc_client_id: str = Field(default="", description="Our client id there; set with the issuer.")
    oidc_client_secret: SecretStr = Field(
        default=SecretStr(""), description="Our client secret there; set with the issuer."
    )
    oidc_title: str = Field(
        default="OpenID Connect",
        min_length=1,
        max_length=60,
        description="What people call the provider, on the button.",
    )
    oidc_name_claim: str = Field(
        default=EMAIL,
        min_length=1,
        description="The claim that must equal the name of a Loa user; email counts only where the provider verified it.",
    )
    oidc_role_claim: str = Field(
        default="",
        description="The claim that holds groups or roles, like groups or realm_access.roles; set with LOA_OIDC_ROLES.",
    )
    oidc_roles: str = Field(
        default="",
        description="Roles of people who sign in and are no Loa users yet, like loa-boss=approver,loa-team=marketer, the first "
        "that fits; empty: nobody new comes in.",
    )
    oidc_scopes: str = Field(default="openid email profile", description="The requested scopes, openid among them.")
    oidc_hosts: str = Field(
        default="",
        description="Hosts besides the issuer's own that its discovery may name, with commas between them; no other is called.",
    )
    oidc_timeout_s: float = Field(
        default=10, gt=0, le=60, description="Seconds within which the provider must answer a sign-in."
    )

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, value: str) -> str:
        if value and (fault := fault_of_issuer(value)):
            raise ValueError(fault)
        return value

    @field_validator("oidc_client_id", "oidc_client_secret")
    @classmethod
    def _sent_as_it_is(cls, value: str | SecretStr) -> str | SecretStr:
        written = value if isinstance(value, str) else value.get_secret_value()
        if not (written.isascii() and written.isprintable()):
            raise ValueError("it has a character that no provider gives out")
        return value

    @field_validator("oidc_scopes")
    @classmethod
    def _with_openid(cls, value: str) -> str:
        if "openid" not in value.split():
            raise ValueError("openid must be one of the scopes")
        return value

    @field_validator("oidc_roles")
    @classmethod
    def _roles(cls, value: str) -> str:
        try:
            parse_roles(value)
        except Misuse as fault:
            raise ValueError(str(fault)) from None
        return value

    @property
    def openid_rules(self) -> EntryRules:
        """Who comes in by the provider."""
        return EntryRules(self.oidc_name_claim, self.oidc_role_claim, parse_roles(self.oidc_roles))

    @property
    def openid(self) -> OpenIdAccount | None:
        """Our registration; None where people have passwords alone."""
        if not self.oidc_issuer:
            return None
        return OpenIdAccount(
            issuer=self.oidc_issuer,
            client_id=self.oidc_client_id,
            client_secret=self.oidc_client_secret.get_secret_value(),
            title=self.oidc_title,
            scopes=self.oidc_scopes,
            timeout_s=self.oidc_timeout_s,
            hosts=tuple(filter(None, (host.strip() for host in self.oidc_hosts.split(",")))),
        )

    def openid_problems(self) -> list[str]:
        """What does not go together."""
        problems = []
        given = [name for name in _TOGETHER if _text(getattr(self, name))]
        if given and len(given) < len(_TOGETHER):
            problems += [
                f"LOA_{name.upper()}: set it too, or unset LOA_{given[0].upper()}"
                for name in _TOGETHER
                if name not in given
            ]
        if bool(self.oidc_role_claim) != bool(self.oidc_roles):
            lacks = "LOA_OIDC_ROLES" if self.oidc_role_claim else "LOA_OIDC_ROLE_CLAIM"
            problems.append(f"{lacks}: it is set together with the other one, or neither is")
        return problems


def _text(value: str | SecretStr) -> str:
    return value if isinstance(value, str) else value.get_secret_value()
