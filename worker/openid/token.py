"""Checks that a token is the provider's, for us, this sign-in and now: claims by Authlib, signature by joserfc."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

#: Signatures by keys of which only the public half is known to us. HMAC is left out: its key would be our own secret.
ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
#: Clocks of providers are off by so many seconds at most.
LEEWAY_S: Final = 60
LONGEST: Final = 64_000


class TokenFault(Exception):
    """The token is not believed; the text says why, for the log alone."""


def believed(
    answer: Mapping[str, Any], keys: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str, now: datetime
) -> Mapping[str, Any]:
    """The claims of the identity token in a token endpoint's answer; raises TokenFault."""
    written = answer.get("id_token")
    if not isinstance(written, str) or not 0 < len(written) <= LONGEST:
        raise TokenFault("there is no id_token in the answer")
    published: Any = dict(keys)
    try:
        token = jwt.decode(
            written,
            KeySet.import_key_set(published),
            registry=JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False),
        )
        options = {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client_id}}
        params = {"nonce": nonce, "client_id": client_id, "access_token": answer.get("access_token")}
        claims = CodeIDToken(token.claims, token.header, options, params)
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY_S)
    except Exception as fault:  # noqa: BLE001 - many kinds for what is no token or no key; none is a reason to believe it
        raise TokenFault(f"{type(fault).__name__}: {fault}"[:200]) from None
    return dict(claims)
