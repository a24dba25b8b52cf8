"""The argument of the Celery task `loa.send_otp`, for producers: needs `cryptography`, and nothing else of Loa.

LOA_SECRET_KEY is stretched by scrypt (it may be a passphrase) and split by HKDF, so that each purpose has its own key. A sealed
request is `loa1.` and URL-safe base64 of 12 bytes of nonce and the AES-256-GCM ciphertext of its JSON, bound to `loa1.`.
"""

import base64
import json
import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

#: What a sealed request begins with; the number is that of this way of sealing.
PREFIX: Final = "loa1."
NONCE_BYTES: Final = 12
PURPOSE: Final = b"wish for a message"


def seal(secret_key: str, **request: Any) -> str:
    """A request as a token that may lie in Redis, as in

        app.send_task("loa.send_otp", kwargs={"sealed": seal(secret_key, phone="0900000001", text="…")}, queue="otp")

    `phone` and `text` must be there; `ttl` (seconds), `route` (names), `sender`, `key` and `callback_url` may be. With `generate`
    (`{"length": 6}`) Loa makes the code and there is a `template` with `{code}` instead of a text. An `asked_at` (ISO 8601 with
    an offset) lets the time to live begin when the request was made and not when a worker reads it.
    """
    return seal_request(AESGCM(derived(secret_key, PURPOSE)), request)


def seal_request(cipher: AESGCM, request: Mapping[str, Any]) -> str:
    """The same under a cipher that is kept."""
    nonce = os.urandom(NONCE_BYTES)
    body = cipher.encrypt(nonce, json.dumps(request).encode(), PREFIX.encode())
    return PREFIX + base64.urlsafe_b64encode(nonce + body).decode()


def derived(secret_key: str, purpose: bytes) -> bytes:
    """The key of one purpose."""
    return HKDFExpand(algorithm=SHA256(), length=32, info=b"loa " + purpose).derive(_stretched(secret_key))


@lru_cache(maxsize=8)
def _stretched(secret_key: str) -> bytes:
    # The same for all processes and producers, so the salt is fixed.
    return Scrypt(salt=b"loa", length=32, n=2**14, r=8, p=1).derive(secret_key.encode())
