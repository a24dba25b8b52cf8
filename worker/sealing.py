"""Seals texts of one-time passwords in the database and in Redis; who has LOA_SECRET_KEY can read them.

The key is stretched by scrypt (it may be a passphrase) and split by HKDF, so that each purpose has its own. A seal is
AES-256-GCM: one byte of version, 12 of nonce, the ciphertext with its tag. A text is bound to the id of its message.

While a key is changed the former one (LOA_SECRET_KEY_OLD) still opens what it sealed; nothing new is sealed under it.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from worker.errors import Refused
from worker.log import redact_words
from worker.seal import NONCE_BYTES, PREFIX, PURPOSE, derived, seal, seal_request

__all__ = ["PREFIX", "Sealer", "kept_key", "seal", "token_key"]

VERSION: Final = b"\x01"
#: No request is longer; a longer token is not worth decoding.
LONGEST_TOKEN: Final = 20_000


class Sealer:
    """Seals under one secret key, and opens under it and a former one; the keys are in no repr and no log line."""

    def __init__(self, secret_key: str, former: str = "") -> None:
        redact_words(*filter(None, (secret_key, former)))
        self._secret_key = secret_key
        #: Each once, the one that seals first.
        self._keys = tuple(dict.fromkeys(filter(None, (secret_key, former)))) or (secret_key,)
        #: The secrets of callbacks, by provider: worked out once, since each callback is compared with one.
        self._paths: dict[str, tuple[str, ...]] = {}

    def seal_text(self, text: str, message_id: UUID) -> bytes:
        """The text of one message, as it lies in the database."""
        return _sealed(self._texts, text, message_id)

    def open_text(self, sealed: bytes, message_id: UUID) -> str:
        """The text; Refused `sealed_otherwise` when another key, or for another message, sealed it."""
        opened = _unsealed(self._texts, sealed, message_id)
        if opened is None:
            raise Refused(
                "sealed_otherwise",
                "the text cannot be opened: it was sealed under another LOA_SECRET_KEY than those that are set now "
                "(LOA_SECRET_KEY_OLD takes the former one)",
            )
        return opened

    def reseal_text(self, sealed: bytes, message_id: UUID) -> bytes | None:
        """The text under the key that seals now; None when it is already. Refused `sealed_otherwise` as `open_text`."""
        if _unsealed(self._texts[:1], sealed, message_id) is not None:
            return None
        return self.seal_text(self.open_text(sealed, message_id), message_id)

    def seal_request(self, requested: Mapping[str, Any]) -> str:
        """A request for a message, as a token that may be stored in Redis."""
        return seal_request(self._requests[0], requested)

    def open_request(self, token: object) -> dict[str, Any]:
        """The request in a token; Refused `not_sealed` when it is none of ours. The sentence repeats nothing of it."""
        if not isinstance(token, str) or not token.startswith(PREFIX) or len(token) > LONGEST_TOKEN:
            raise Refused("not_sealed", f"This is no sealed request: one begins with {PREFIX} and is made by `seal`.")
        try:
            raw = base64.urlsafe_b64decode(token.removeprefix(PREFIX))
            opened = _opened(self._requests, raw[:NONCE_BYTES], raw[NONCE_BYTES:], PREFIX.encode())
            found = json.loads(opened) if opened is not None else None
        except ValueError:
            opened = None
        if opened is None:
            raise Refused("not_sealed", "The token was not sealed under this LOA_SECRET_KEY, or was changed.")
        if not isinstance(found, dict):
            raise Refused("not_sealed", "The token holds no request.")
        return found

    def seal_secret(self, secret: str, owner: UUID) -> bytes:
        """The secret of a receiver of events, as it lies in the database."""
        return _sealed(self._secrets, secret, owner)

    def open_secret(self, sealed: bytes, owner: UUID) -> str:
        """The secret; Refused `sealed_otherwise` when another key, or for another owner, sealed it."""
        opened = _unsealed(self._secrets, sealed, owner)
        if opened is None:
            raise Refused(
                "sealed_otherwise",
                "the secret cannot be opened: it was sealed under another LOA_SECRET_KEY than those that are set now "
                "(LOA_SECRET_KEY_OLD takes the former one)",
            )
        return opened

    def reseal_secret(self, sealed: bytes, owner: UUID) -> bytes | None:
        """The secret under the key that seals now; None when it is already. Refused `sealed_otherwise` as `open_secret`."""
        if _unsealed(self._secrets[:1], sealed, owner) is not None:
            return None
        return self.seal_secret(self.open_secret(sealed, owner), owner)

    def hash_codes(self, code: str, message_id: UUID) -> tuple[bytes, ...]:
        """A code of a message as it is kept, the form that is written first: without the key, all codes of six digits cannot be
        tried against it.
        """
        return self._hashes(b"codes", message_id.bytes + code.encode())

    def hash_phones(self, phone: int) -> tuple[bytes, ...]:
        """A number as it is kept where it may not be, the form that is written first."""
        return self._hashes(b"phones", str(phone).encode())

    def _hashes(self, purpose: bytes, content: bytes) -> tuple[bytes, ...]:
        return tuple(hmac.digest(derived(key, purpose), content, "sha256") for key in self._keys)

    def fingerprint(self, *parts: Any) -> str:
        """The same for the same parts; tells nothing about them without the key (a code of six digits is soon guessed)."""
        return self.fingerprints(*parts)[0]

    def fingerprints(self, *parts: Any) -> tuple[str, ...]:
        """`fingerprint` under each key, the one that is written down first: what was kept before may be any of them."""
        written = json.dumps(parts).encode()
        return tuple(hmac.new(derived(key, b"fingerprint"), written, "sha256").hexdigest() for key in self._keys)

    def callback_secret(self, provider: str) -> str:
        """What stands in the path under which a provider calls us back, so that nobody else can; in no log line."""
        return self.callback_secrets(provider)[0]

    def callback_secrets(self, provider: str) -> tuple[str, ...]:
        """`callback_secret` under each key: a provider goes on calling the path that it was given until it is given another."""
        if provider not in self._paths:
            purpose = b"path of callbacks"
            found = tuple(
                hmac.new(derived(key, purpose), provider.encode(), "sha256").hexdigest()[:40] for key in self._keys
            )
            redact_words(*found)
            self._paths[provider] = found
        return self._paths[provider]

    @cached_property
    def _texts(self) -> "Ciphers":
        return tuple(AESGCM(derived(key, b"text of a message")) for key in self._keys)

    @cached_property
    def _secrets(self) -> "Ciphers":
        return tuple(AESGCM(derived(key, b"secret of a receiver")) for key in self._keys)

    @cached_property
    def _requests(self) -> "Ciphers":
        return tuple(AESGCM(derived(key, PURPOSE)) for key in self._keys)


#: A cipher for each key, the one that seals first.
Ciphers = tuple[AESGCM, ...]


def _sealed(ciphers: Ciphers, text: str, owner: UUID) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + ciphers[0].encrypt(nonce, text.encode(), VERSION + owner.bytes)


def _unsealed(ciphers: Ciphers, sealed: bytes, owner: UUID) -> str | None:
    version, nonce, body = sealed[:1], sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    opened = _opened(ciphers, nonce, body, version + owner.bytes)
    return None if opened is None else opened.decode()


def _opened(ciphers: Ciphers, nonce: bytes, body: bytes, bound_to: bytes) -> bytes | None:
    """What a seal holds; None when it is none of theirs, or was changed."""
    for cipher in ciphers:
        try:
            return cipher.decrypt(nonce, body, bound_to)
        except (InvalidTag, ValueError):
            continue
    return None


def token_key(token: str) -> str:
    """The idempotency key of a request that has none: a task that Celery delivers twice is one message."""
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
