"""Issues and checks the tokens of FPT, bound to the session_id that they were asked with (manual 1)."""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from worker.sandbox.fpt.codes import Refusal
from worker.sandbox.fpt.requests import text
from worker.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Token:
    """One token as it was issued; `issued` is on the sandbox's own scale."""

    session_id: str
    scopes: frozenset[str]
    issued: float
    number: int


class Tokens:
    """All tokens of the account."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tokens: dict[str, Token] = {}

    @property
    def issued(self) -> int:
        """How many there were."""
        return len(self._tokens)

    def issue(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """oauth2/token: a new token for a client that shows its secret."""
        settings = self._world.settings
        if text(asked, "grant_type", "1009") != "client_credentials":
            raise Refusal("1015", "grant_type is not client_credentials")
        client = text(asked, "client_id", "1008"), text(asked, "client_secret", "1008")
        if client != (settings.fpt_client_id, settings.fpt_client_secret):
            raise Refusal("1008", "client_id or client_secret is wrong")
        scopes = text(asked, "scope", "1005").split()
        if not scopes or not set(scopes) <= set(settings.fpt_scopes):
            raise Refusal("1005", "a scope does not exist (fpt_scopes)")
        token = Token(text(asked, "session_id", "1001"), frozenset(scopes), self._world.seconds(), self.issued)
        # base64 with its + / and =, as in the sample, so that whoever writes it into a URL unescaped is found out
        name = base64.b64encode(secrets.token_bytes(96)).decode()
        self._tokens[name] = token
        shown = {"access_token": name, "expires_in": int(settings.fpt_token_s), "token_type": "Bearer"}
        return {**shown, "scope": " ".join(scopes)}

    def check(self, asked: Mapping[str, Any], scope: str) -> None:
        """Refuse a call whose token is unknown, changed, too old or too narrow."""
        settings = self._world.settings
        token = self._tokens.get(text(asked, "access_token", "1011"))
        if token is None:
            raise Refusal("1011", "access_token was never issued")
        if settings.fpt_foreign_session_code and token.session_id != text(asked, "session_id", "1001"):
            raise Refusal(settings.fpt_foreign_session_code, "session_id is not the one that the token was asked with")
        if settings.fpt_new_token_ends_others and token.number < self.issued - 1:
            raise Refusal("1012", "a newer token was issued (fpt_new_token_ends_others)")
        if self._world.seconds() - token.issued >= settings.fpt_token_s:
            raise Refusal("1013", "access_token is too old (fpt_token_s)")
        if scope not in token.scopes:
            raise Refusal("1010", f"the token was not asked with the scope {scope}")
