"""What is sealed is opened by the same key for the same message, and by nothing else."""

import base64
import json
import os
import stat
import threading
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from worker import config
from worker.errors import ConfigError, Refused
from worker.sealing import PREFIX, Sealer, kept_key, seal, token_key

KEY, OTHER = "a-key-of-these-tests", "another-key-of-these-tests"
TEXT = "Mã của bạn: 482913"


def test_a_text_is_opened_again_and_does_not_show():
    message_id = uuid4()
    sealed = Sealer(KEY).seal_text(TEXT, message_id)
    assert Sealer(KEY).open_text(sealed, message_id) == TEXT
    assert TEXT.encode() not in sealed
    assert b"482913" not in sealed
    assert sealed != Sealer(KEY).seal_text(TEXT, message_id), "two seals of one text do not tell that it is one"


def changed(sealed, at):
    return sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]


@pytest.mark.parametrize("at", [0, 1, 13, -1])
def test_a_changed_seal_is_one_clear_sentence(at):
    message_id = uuid4()
    sealed = Sealer(KEY).seal_text(TEXT, message_id)
    with pytest.raises(Refused, match="another LOA_SECRET_KEY"):
        Sealer(KEY).open_text(changed(sealed, at % len(sealed)), message_id)


def test_another_key_or_another_message_opens_nothing():
    message_id = uuid4()
    sealed = Sealer(KEY).seal_text(TEXT, message_id)
    for sealer, whose in ((Sealer(OTHER), message_id), (Sealer(KEY), uuid4())):
        with pytest.raises(Refused) as fault:
            sealer.open_text(sealed, whose)
        assert (fault.value.rule, fault.value.__cause__) == ("sealed_otherwise", None)
    with pytest.raises(Refused):
        Sealer(KEY).open_text(b"", message_id)


def test_a_token_carries_a_wish_and_hides_it():
    token = seal(KEY, phone="0900000001", text=TEXT, ttl=60, route=["esms"])
    assert token.startswith(PREFIX)
    assert Sealer(KEY).open_request(token) == {"phone": "0900000001", "text": TEXT, "ttl": 60, "route": ["esms"]}
    assert "0900000001" not in token
    assert token_key(token) == token_key(token) != token_key(seal(KEY, phone="0900000001", text=TEXT))


@pytest.mark.parametrize("token", [None, 7, "", "0900000001", f"{PREFIX}AAAA", f"{PREFIX}!", PREFIX + "A" * 30_000])
def test_what_is_no_token_is_refused_without_repeating_it(token):
    with pytest.raises(Refused, match="seal") as fault:
        Sealer(KEY).open_request(token)
    assert "0900000001" not in str(fault.value)


def test_a_token_of_another_key_is_refused():
    with pytest.raises(Refused, match="LOA_SECRET_KEY"):
        Sealer(KEY).open_request(seal(OTHER, phone="0900000001", text=TEXT))


def test_a_text_is_no_wish_though_the_key_is_the_same():
    """Each purpose has a key of its own, so that nothing sealed for one place is taken at another."""
    sealer = Sealer(KEY)
    nonce = bytes(12)
    assert sealer._texts[0].encrypt(nonce, b"same", None) != sealer._requests[0].encrypt(nonce, b"same", None)


def test_a_fingerprint_is_that_of_its_parts_and_key():
    assert Sealer(KEY).fingerprint(84900000001, TEXT) == Sealer(KEY).fingerprint(84900000001, TEXT)
    different = {Sealer(KEY).fingerprint(*parts) for parts in ((1, "2"), ("1", "2"), (1, "2", []), (12,))}
    assert len({*different, Sealer(OTHER).fingerprint(1, "2")}) == 5


def test_no_key_shows_in_a_repr():
    assert KEY not in repr(Sealer(KEY)) + str(Sealer(KEY))


def test_a_key_is_made_once_for_its_owner_alone(tmp_path):
    path = tmp_path / "var" / "secret.key"
    start, found = threading.Barrier(8), []

    def make():
        start.wait()
        found.append(kept_key(path))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert len(found[0]) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path], "nothing is left lying about"


def test_a_producer_without_loa_seals_by_these_lines():
    """As README shows them: whatever changes here breaks every producer."""

    def seal_there(secret_key, **requested):
        stretched = Scrypt(salt=b"loa", length=32, n=2**14, r=8, p=1).derive(secret_key.encode())
        key = HKDFExpand(algorithm=SHA256(), length=32, info=b"loa wish for a message").derive(stretched)
        nonce = os.urandom(12)
        body = AESGCM(key).encrypt(nonce, json.dumps(requested).encode(), b"loa1.")
        return "loa1." + base64.urlsafe_b64encode(nonce + body).decode()

    token = seal_there(KEY, phone="0900000001", text=TEXT)
    assert Sealer(KEY).open_request(token) == {"phone": "0900000001", "text": TEXT}


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("LOA_SECRET_KEY", "short", "at least 8"),
        ("LOA_OTP_ROUTE", "esms,sms24", "no provider 'sms24'"),
        ("LOA_OTP_ROUTE", "esms,esms", "no route"),
    ],
)
def test_a_setting_of_passwords_that_cannot_work_stops_the_boot(monkeypatch, variable, value, says):
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError, match=says) as fault:
        config.load()
    assert variable in str(fault.value)


def test_the_key_shows_in_no_repr_of_the_settings(monkeypatch):
    monkeypatch.setenv("LOA_SECRET_KEY", KEY)
    assert KEY not in repr(config.load())


# While the key is changed


def test_what_the_former_key_sealed_opens_and_nothing_new_is_sealed_under_it():
    message_id, both = uuid4(), Sealer(OTHER, KEY)
    before = Sealer(KEY).seal_text(TEXT, message_id)
    assert both.open_text(before, message_id) == TEXT
    after = both.seal_text(TEXT, message_id)
    assert Sealer(OTHER).open_text(after, message_id) == TEXT
    with pytest.raises(Refused):
        Sealer(KEY).open_text(after, message_id)
    assert both.open_request(seal(KEY, phone="1")) == {"phone": "1"}
    assert both.open_request(seal(OTHER, phone="1")) == {"phone": "1"}
    assert Sealer(OTHER).open_request(both.seal_request({"phone": "1"})) == {"phone": "1"}
    with pytest.raises(Refused):
        both.open_request(seal("a third key of these tests", phone="1"))


def test_a_seal_is_renewed_once_and_only_by_who_can_open_it():
    message_id, both = uuid4(), Sealer(OTHER, KEY)
    anew = both.reseal_text(Sealer(KEY).seal_text(TEXT, message_id), message_id)
    assert anew is not None
    assert Sealer(OTHER).open_text(anew, message_id) == TEXT
    assert both.reseal_text(anew, message_id) is None
    with pytest.raises(Refused, match="LOA_SECRET_KEY_OLD"):
        Sealer(OTHER).reseal_text(Sealer(KEY).seal_text(TEXT, message_id), message_id)


def test_fingerprints_and_paths_of_the_former_key_are_known_beside_the_new():
    former, present, both = Sealer(KEY), Sealer(OTHER), Sealer(OTHER, KEY)
    assert both.fingerprints(1, "a") == (present.fingerprint(1, "a"), former.fingerprint(1, "a"))
    assert both.callback_secrets("esms") == (present.callback_secret("esms"), former.callback_secret("esms"))
    assert both.callback_secret("esms") == present.callback_secret("esms")
    assert len(Sealer(KEY, KEY).fingerprints(1)) == 1
    assert len(Sealer(KEY, "").callback_secrets("esms")) == 1
