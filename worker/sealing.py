"""Who can read the text of a one-time password? Whoever has LOA_SECRET_KEY: what lies in the database and in Redis is sealed.

The key is stretched by scrypt (it may be a passphrase) and split by HKDF, so that each purpose has its own. A seal is
AES-256-GCM: one byte of version, 12 of nonce, the ciphertext with its tag. A text is bound to the id of its message.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from worker.errors import Refused
from worker.log import hide

#: What a sealed wish begins with; the number is that of this way of sealing.
PREFIX: Final = "loa1."
VERSION: Final = b"\x01"
NONCE_BYTES: Final = 12
#: No wish is longer; a longer token is not worth decoding.
LONGEST_TOKEN: Final = 20_000


class Sealer:
    """Seals and opens under one secret key; the key is in no repr and no log line."""

    def __init__(self, secret_key: str) -> None:
        hide(secret_key)
        self._secret_key = secret_key

    def seal_text(self, text: str, message_id: UUID) -> bytes:
        """The text of one message, as it lies in the database."""
        nonce = os.urandom(NONCE_BYTES)
        return VERSION + nonce + self._texts.encrypt(nonce, text.encode(), VERSION + message_id.bytes)

    def open_text(self, sealed: bytes, message_id: UUID) -> str:
        """The text; Refused `sealed_otherwise` when another key, or for another message, sealed it."""
        try:
            version, nonce, body = sealed[:1], sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
            return self._texts.decrypt(nonce, body, version + message_id.bytes).decode()
        except (InvalidTag, ValueError):
            raise Refused(
                "sealed_otherwise",
                "the text cannot be opened: it was sealed under another LOA_SECRET_KEY than the one that is set now",
            ) from None

    def seal_wish(self, wish: Mapping[str, Any]) -> str:
        """A wish for a message as a token that may lie in Redis."""
        nonce = os.urandom(NONCE_BYTES)
        body = self._wishes.encrypt(nonce, json.dumps(wish).encode(), PREFIX.encode())
        return PREFIX + base64.urlsafe_b64encode(nonce + body).decode()

    def open_wish(self, token: object) -> dict[str, Any]:
        """The wish in a token; Refused `not_sealed` when it is none of ours. The sentence repeats nothing of it."""
        if not isinstance(token, str) or not token.startswith(PREFIX) or len(token) > LONGEST_TOKEN:
            raise Refused("not_sealed", f"This is no sealed wish: one begins with {PREFIX} and is made by `seal`.")
        try:
            raw = base64.urlsafe_b64decode(token.removeprefix(PREFIX))
            found = json.loads(self._wishes.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], PREFIX.encode()))
        except (InvalidTag, ValueError):
            raise Refused("not_sealed", "The token was not sealed under this LOA_SECRET_KEY, or was changed.") from None
        if not isinstance(found, dict):
            raise Refused("not_sealed", "The token holds no wish.")
        return found

    def fingerprint(self, *parts: Any) -> str:
        """The same for the same parts; tells nothing about them without the key (a code of six digits is soon guessed)."""
        return hmac.new(_derived(self._secret_key, b"fingerprint"), json.dumps(parts).encode(), "sha256").hexdigest()

    def callback_secret(self, provider: str) -> str:
        """What stands in the path under which a provider calls us back, so that nobody else can; in no log line."""
        secret = hmac.new(_derived(self._secret_key, b"path of callbacks"), provider.encode(), "sha256").hexdigest()[
            :40
        ]
        hide(secret)
        return secret

    @cached_property
    def _texts(self) -> AESGCM:
        return AESGCM(_derived(self._secret_key, b"text of a message"))

    @cached_property
    def _wishes(self) -> AESGCM:
        return AESGCM(_derived(self._secret_key, b"wish for a message"))


def seal(secret_key: str, **wish: Any) -> str:
    """For producers: the argument of the Celery task `loa.send_otp`, as in

        app.send_task("loa.send_otp", kwargs={"sealed": seal(secret_key, phone="0900000001", text="…")}, queue="otp")

    `phone` and `text` must be there; `ttl` (seconds), `route` (names), `sender` and `key` may be. An `asked_at` (ISO 8601 with
    an offset) lets the time to live begin when the wish was made and not when a worker reads it.
    """
    return Sealer(secret_key).seal_wish(wish)


def token_key(token: str) -> str:
    """The idempotency key of a wish that has none: a task that Celery delivers twice is one message."""
    return f"sealed:{hashlib.sha256(token.encode()).hexdigest()[:40]}"


def kept_key(path: Path) -> str:
    """The secret key kept in a 0600 file, made when there is none; processes that make it at once agree on one."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(32))
                file.flush()
                os.fsync(file.fileno())
            # A link does not replace: whoever comes second reads the first one's key.
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(fresh)
        finally:
            fresh.unlink()
    return path.read_text().strip()


@lru_cache(maxsize=8)
def _stretched(secret_key: str) -> bytes:
    # The same for all processes and producers, so the salt is fixed.
    return Scrypt(salt=b"loa", length=32, n=2**14, r=8, p=1).derive(secret_key.encode())


def _derived(secret_key: str, purpose: bytes) -> bytes:
    return HKDFExpand(algorithm=SHA256(), length=32, info=b"loa " + purpose).derive(_stretched(secret_key))
