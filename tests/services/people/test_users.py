"""Who may use Loa, and how they get in and out."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import text
from sqlmodel import select

from tests.world import World
from worker.domain.actor import Actor, Forbidden
from worker.domain.roles import Role
from worker.errors import Misuse, NotFound, Refused
from worker.services.operations import api_keys as keys
from worker.services.people import audit, first, login, totp, users
from worker.services.people.login import LoggedIn
from worker.storage.tables.people import User, WebSession

PASSWORD = "correct horse battery"


def add(loa: World, name: str = "lan", role: str = "marketer") -> User:
    return users.add(loa.deps, name, role, PASSWORD).user


def opened(loa: World, name: str = "lan", **more: str) -> tuple[str, LoggedIn]:
    found = login.log_in(loa.deps, name, PASSWORD, address="192.0.2.1", **more)
    return found.token, found.logged_in


class refused:  # noqa: N801 - reads as pytest.raises does
    """Expects a refusal by this rule."""

    def __init__(self, rule: str) -> None:
        self.rule = rule

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, fault: BaseException | None, _trace: object) -> bool:
        assert isinstance(fault, Refused), f"nothing was refused by {self.rule}: {fault!r}"
        assert fault.rule == self.rule, fault
        return True


def test_a_made_password_is_there_once_and_kept_as_argon2(loa: World) -> None:
    made = users.add(loa.deps, "lan", "marketer")
    assert made.password is not None
    assert made.user.password_hash.startswith("$argon2id$")
    assert made.password not in repr(made)
    assert login.log_in(loa.deps, "LAN", made.password).logged_in.user.name == "lan"


@pytest.mark.parametrize("name", ["", "  ", "a b", "a:b", "a/b", "x" * 65, "a\tb"])
def test_a_name_that_cannot_be_is_refused(loa: World, name: str) -> None:
    with pytest.raises(Misuse, match="name"):
        users.add(loa.deps, name, "admin")


@pytest.mark.parametrize("password", ["short", "x" * 201, "aaaaaaaaaaaaaa", "tab\tinside\tit", "vanphongpham"])
def test_a_password_that_is_soon_guessed_is_refused(loa: World, password: str) -> None:
    with pytest.raises(Misuse, match="password"):
        users.add(loa.deps, "vanphongpham", "admin", password)


def test_a_name_is_given_once_in_whatever_case(loa: World) -> None:
    add(loa)
    with refused("name_taken"):
        users.add(loa.deps, "Lan", "admin")
    with pytest.raises(Misuse, match="marketer, approver, operator, admin"):
        users.add(loa.deps, "minh", "boss")
    with pytest.raises(NotFound):
        users.disable(loa.deps, "nobody")


def test_a_session_ends_by_logout_idleness_and_age_and_its_token_is_nowhere(loa: World) -> None:
    add(loa)
    token, found = opened(loa)
    assert login.csrf_fits(found, found.csrf)
    assert not login.csrf_fits(found, found.csrf[:-1] + "x")
    assert not login.csrf_fits(found, "ế")
    with loa.deps.sessions() as session:
        rows = session.execute(select(WebSession)).scalars().all()
        assert token not in str([row.model_dump() for row in rows])
    loa.clock.tick(minutes=50)
    assert login.find(loa.deps, token) is not None
    loa.clock.tick(minutes=50)  # used in between
    assert login.find(loa.deps, token) is not None
    loa.clock.tick(minutes=61)
    assert login.find(loa.deps, token) is None
    token, _ = opened(loa)
    for _ in range(13):
        loa.clock.tick(minutes=55)
        still = login.find(loa.deps, token)
    loa.clock.tick(minutes=10)
    assert still is not None
    assert login.find(loa.deps, token) is None
    token, _ = opened(loa)
    login.log_out(loa.deps, token)
    assert login.find(loa.deps, token) is None
    assert login.find(loa.deps, "") is None


def test_disable_and_reset_end_sessions_and_disable_ends_keys(loa: World) -> None:
    add(loa)
    key = keys.create(loa.deps, [], user="lan").key
    token, _ = opened(loa)
    users.reset(loa.deps, "lan", PASSWORD + "!")
    assert login.find(loa.deps, token) is None
    assert keys.find(loa.deps, key) is not None
    users.reset(loa.deps, "lan", PASSWORD)
    token, _ = opened(loa)
    users.disable(loa.deps, "lan")
    assert login.find(loa.deps, token) is None
    assert keys.find(loa.deps, key) is None
    with refused("wrong_login"):
        opened(loa)
    users.enable(loa.deps, "lan")
    assert opened(loa)


def test_the_last_admin_stays(loa: World) -> None:
    add(loa, "chi", "admin")
    with refused("last_admin"):
        users.disable(loa.deps, "chi")
    with refused("last_admin"):
        users.change_role(loa.deps, "chi", "operator")
    add(loa, "em", "admin")
    users.disable(loa.deps, "chi")
    with refused("last_admin"):
        users.disable(loa.deps, "em")


def test_two_admins_cannot_shut_each_other_out(loa: World) -> None:
    for name in ("chi", "em"):
        add(loa, name, "admin")

    def shut(name: str) -> str:
        try:
            users.disable(loa.deps, name)
        except Refused as fault:
            return fault.rule
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(shut, ("chi", "em"))) == ["done", "last_admin"]


def test_guessing_is_slowed_by_name_and_address_and_a_login_forgets_it(loa: World) -> None:
    add(loa)
    for _ in range(4):
        with refused("wrong_login"):
            login.log_in(loa.deps, "lan", "wrong", address="192.0.2.7")
    login.log_in(loa.deps, "lan", PASSWORD, address="192.0.2.7")
    for _ in range(5):
        with refused("wrong_login"):
            login.log_in(loa.deps, "lan", "wrong", address="192.0.2.7")
    with refused("too_many_tries"):
        login.log_in(loa.deps, "lan", PASSWORD, address="192.0.2.7")
    # Whoever guesses elsewhere does not shut the user out.
    login.log_in(loa.deps, "lan", PASSWORD, address="192.0.2.8")
    loa.clock.tick(minutes=16)
    login.log_in(loa.deps, "lan", PASSWORD, address="192.0.2.7")
    for number in range(30):
        with refused("wrong_login"):
            login.log_in(loa.deps, f"name{number}", "wrong", address="192.0.2.9")
    with refused("too_many_tries"):
        login.log_in(loa.deps, "lan", PASSWORD, address="192.0.2.9")


def test_a_second_factor_counts_once_it_was_shown_and_takes_each_code_once(loa: World) -> None:
    user = add(loa)
    begun = totp.begin(loa.deps, user)
    code = pyotp.TOTP(begun.secret)
    assert begun.secret not in repr(begun)
    assert begun.secret in begun.uri
    opened(loa)  # it does not count yet
    with refused("wrong_code"):
        totp.confirm(loa.deps, user, "000000")
    totp.confirm(loa.deps, user, code.at(loa.clock.moment))
    with refused("code_needed"):
        opened(loa)
    with refused("wrong_code"):
        opened(loa, code=code.at(loa.clock.moment))  # it was taken
    loa.clock.tick(seconds=30)
    opened(loa, code=code.at(loa.clock.moment))
    # Asking without a code does not wipe out the wrong ones.
    for _ in range(5):
        with refused("wrong_code"):
            opened(loa, code="000000")
        if _ < 4:
            with refused("code_needed"):
                opened(loa)
    with refused("too_many_tries"):
        opened(loa, code=code.at(loa.clock.moment + timedelta(seconds=30)))
    with loa.deps.sessions() as session:
        kept = session.execute(text("SELECT totp_sealed FROM loa_user")).scalar_one()
    assert begun.secret.encode() not in bytes(kept)
    users.reset(loa.deps, "lan", PASSWORD)
    loa.clock.tick(minutes=16)
    opened(loa)


def test_a_new_password_ends_every_other_session(loa: World) -> None:
    add(loa)
    other, _ = opened(loa)
    mine, me = opened(loa)
    with refused("wrong_login"):
        login.change_password(loa.deps, me, "not the old one", "a new long password")
    login.change_password(loa.deps, me, PASSWORD, "a new long password")
    assert login.find(loa.deps, other) is None
    assert login.find(loa.deps, mine) is not None


def test_the_first_link_makes_one_admin_once(loa: World) -> None:
    old = first.new_link(loa.deps)
    token = first.new_link(loa.deps)
    assert old is not None
    assert token is not None
    assert (first.counts(loa.deps, old), first.counts(loa.deps, token)) == (False, True)
    with pytest.raises(Misuse):
        first.claim(loa.deps, token, "chi", "short")

    def claim(name: str) -> str:
        try:
            return first.claim(loa.deps, token, name, PASSWORD).role
        except Refused as fault:
            return fault.rule

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(claim, ("chi", "em", "ba", "ma"))) == ["admin", "link_used", "link_used", "link_used"]
    assert first.new_link(loa.deps) is None
    assert not first.counts(loa.deps, token)


def test_the_first_link_runs_out(loa: World) -> None:
    token = first.new_link(loa.deps)
    assert token is not None
    loa.clock.tick(hours=25)
    with refused("link_used"):
        first.claim(loa.deps, token, "chi", PASSWORD)


@pytest.mark.parametrize("role", [Role.MARKETER, Role.APPROVER, Role.OPERATOR])
def test_users_and_keys_are_for_admins(loa: World, role: Role) -> None:
    user = add(loa, "someone", role)
    deps = loa.deps.acting(users.actor_of(user, "console"))
    acts = (
        lambda: users.add(deps, "x", "admin"),
        lambda: users.everyone(deps),
        lambda: users.disable(deps, "someone"),
        lambda: users.reset(deps, "someone"),
        lambda: users.change_role(deps, "someone", "admin"),
        lambda: keys.create(deps, ["admin"]),
        lambda: keys.newest(deps),
        lambda: keys.revoke(deps, user.id),
    )
    for act in acts:
        with pytest.raises(Forbidden, match="it takes the role admin"):
            act()


def test_a_key_of_a_user_acts_as_that_user(loa: World) -> None:
    user = add(loa, "sep", "approver")
    found = keys.find(loa.deps, keys.create(loa.deps, [], user="sep").key)
    assert found is not None
    assert found.actor == Actor("http", "sep", user.id, Role.APPROVER, found.id)
    assert found.row.scopes == ["campaigns"]
    plain = keys.find(loa.deps, keys.create(loa.deps, ["read"], "shop").key)
    assert plain is not None
    assert (plain.actor.role, plain.actor.user_id, plain.actor.label) == (None, None, f"key:{str(plain.id)[:8]}")
    users.disable(loa.deps, "sep")
    with refused("disabled"):
        keys.create(loa.deps, [], user="sep")


def test_without_a_secret_key_there_is_no_second_factor(loa: World) -> None:
    user = add(loa)

    def none() -> None:
        raise Refused("no_secret_key", "LOA_SECRET_KEY is not set.")

    with refused("no_secret_key"):
        totp.begin(replace(loa.deps, sealer=none), user)


def test_logins_and_changes_are_in_the_audit_log(loa: World) -> None:
    add(loa)
    token, _ = opened(loa)
    login.log_out(loa.deps, token)
    with refused("wrong_login"):
        login.log_in(loa.deps, "lan", "wrong", address="192.0.2.1")
    with refused("wrong_login"):
        login.log_in(loa.deps, "nobody-of-that-name", "wrong", address="192.0.2.1")
    said = [(one.who, one.act, one.object_id) for one in audit.newest(loa.deps)]
    assert said[::-1] == [
        ("loa", "user.add", "lan"),
        ("user:lan", "login", "lan"),
        ("user:lan", "logout", "lan"),
        ("loa", "login.failed", "lan"),
    ]
