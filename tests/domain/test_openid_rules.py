"""Who may come in by a provider: names, roles, and the parts of a sign-in that was begun."""

from datetime import UTC, datetime, timedelta

import pytest

from worker.domain.openid import EntryRules, parse_roles, same_name
from worker.domain.roles import Role
from worker.errors import Misuse
from worker.openid.account import OpenIdAccount, fault_of_issuer
from worker.openid.begun import Begun

NOW = datetime(2026, 11, 29, 2, tzinfo=UTC)


def test_a_name_is_the_same_in_other_case_only_in_ascii():
    assert same_name("Lan@Loa.example", "lan@loa.EXAMPLE")
    assert same_name("Lân", "Lân")
    # The sign of Kelvin and the dotless i are other letters, whatever a database makes of them in lower case.
    assert not same_name("lan\u212a@loa.example", "lank@loa.example")
    assert not same_name("mın", "min")
    assert not same_name("LÂN", "lân")


def test_roles_are_read_by_their_last_sign_of_equality():
    assert parse_roles(" /loa/sep = approver,a=b=marketer,") == (("/loa/sep", Role.APPROVER), ("a=b", Role.MARKETER))
    assert parse_roles("") == ()
    for wrong in ("sep", "=admin", "sep=", "sep=boss", "sep=Admin"):
        with pytest.raises(Misuse, match="not group=role"):
            parse_roles(wrong)


def test_a_claim_with_dots_in_its_name_comes_before_a_path():
    rules = EntryRules(role_claim="https://loa.example/roles", roles=parse_roles("sep=approver"))
    assert rules.role({"https://loa.example/roles": ["sep"]}) is Role.APPROVER
    deep = EntryRules(role_claim="a.b.c", roles=parse_roles("sep=approver"))
    assert deep.role({"a": {"b": {"c": "sep"}}}) is Role.APPROVER
    assert [deep.role(claims) for claims in ({}, {"a": "b"}, {"a": {"b": []}}, {"a": {"b": {"c": {"sep": 1}}}})] == [
        None
    ] * 4
    assert EntryRules().role({"": "sep"}) is None


def test_a_sign_in_is_read_again_as_it_was_written():
    begun = Begun.now("/campaigns?group=done&q=ă.b", NOW)
    again = Begun.read(begun.written())
    assert again == begun
    assert len({begun.state, begun.nonce, begun.verifier, begun.secret, Begun.now("/", NOW).state}) == 5
    assert begun.secret not in repr(begun)
    assert Begun.now("/" + "x" * 2_000, NOW).written().endswith(".")


def test_an_answer_fits_for_ten_minutes():
    begun = Begun.now("/", NOW)
    assert begun.fits(begun.state, NOW)
    assert begun.fits(begun.state, NOW + timedelta(minutes=10))
    assert not begun.fits(begun.state, NOW + timedelta(minutes=10, seconds=1))
    assert not begun.fits(begun.state, NOW - timedelta(seconds=1))
    assert not begun.fits(begun.nonce, NOW)
    assert not begun.fits("", NOW)


@pytest.mark.parametrize(
    "issuer", ["https://id.example", "https://id.example/realms/loa/", "http://localhost:1", "http://[::1]:2"]
)
def test_an_issuer_is_https_or_on_this_machine(issuer: str):
    assert fault_of_issuer(issuer) is None


@pytest.mark.parametrize(
    "issuer",
    [
        *("http://id.example", "http://127.0.0.1.example", "ftp://localhost", "id.example", "https://", "https://a b"),
        *(
            "https://id.example?x",
            "https://id.example/#x",
            "https://id.example:port",
            "https://[x",
            "https://ví.example",
        ),
        "https://a@id.example",
    ],
)
def test_no_other_address_is_an_issuer(issuer: str):
    assert fault_of_issuer(issuer) is not None


def test_only_the_issuers_hosts_are_called():
    account = OpenIdAccount(
        "https://id.example/x", "loa", "secret", "t", "openid", 1.0, ("keys.example", "b.example:8443")
    )
    assert "secret" not in repr(account)
    assert account.discovery == "https://id.example/x/.well-known/openid-configuration"
    own = ("https://id.example/token", "https://ID.example/a?b=c", "https://keys.example/k", "https://b.example:8443/k")
    assert [one for one in own if not account.owns(one)] == []
    other = ("http://id.example/token", "https://id.example:8443/", "https://id.example.evil/", "https://a@id.example/")
    other += (
        "https://b.example/k",
        "https://evil.example",
        "id.example",
        "",
        "https://[id.example",
        "https://id.example /",
    )
    assert [one for one in (*other, None, 7, ["https://id.example"]) if account.owns(one)] == []
