"""Settings are read once, and all their problems are told at once."""

import pytest
from dateutil.parser import isoparse

from worker import config
from worker.errors import ConfigError


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    for variable in config.variables():
        monkeypatch.delenv(variable, raising=False)
    return monkeypatch


def test_without_any_variable_the_defaults_work():
    settings = config.load()
    assert settings.esms.base_url == "https://rest.esms.vn/MainService.svc"
    assert (settings.esms.min_ad_recipients, settings.esms.max_batch, settings.esms.requests_per_second) == (
        30,
        5000,
        10,
    )
    assert str(settings.windows) == "08:00-11:30,13:30-20:00"


def test_every_problem_is_named_at_once(no_settings):
    no_settings.setenv("LOA_ESMS_MAX_BATCH", "many")
    no_settings.setenv("LOA_REDIS_URL", "sentinel://somewhere")
    no_settings.setenv("LOA_DATABASE_URL", "mysql://somewhere")
    no_settings.setenv("LOA_AD_WINDOWS", "25:00-x")
    with pytest.raises(ConfigError) as fault:
        config.load()
    said = str(fault.value)
    assert all(name in said for name in ("LOA_ESMS_MAX_BATCH", "LOA_REDIS_URL", "LOA_DATABASE_URL", "LOA_AD_WINDOWS"))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LOA_AD_WINDOWS", "06:00-08:00"),
        ("LOA_AD_WINDOWS", "20:00-08:00"),
        ("LOA_AD_WINDOWS", "always"),
        ("LOA_CLOCK_OFFSET_S", "nan"),
        ("LOA_FLOWER_BASIC_AUTH", "nobody"),
        ("LOA_ESMS_BASE_URL", "rest.esms.vn"),
        ("LOA_ESMS_ADS_API", "soap"),
        ("LOA_ESMS_MAX_BATCH", "19"),
        ("LOA_CLOCK_OFFSET_S", "3600"),
        ("LOA_PUBLIC_URL", "loa.example"),
        ("LOA_PUBLIC_URL", "ftp://loa.example"),
        ("LOA_PUBLIC_URL", "https:///callbacks"),
        ("LOA_PUBLIC_URL", "https://loa.example/?tenant=1"),
    ],
)
def test_a_setting_that_cannot_work_stops_the_boot(no_settings, variable, value):
    no_settings.setenv(variable, value)
    with pytest.raises(ConfigError, match=variable):
        config.load()


def test_the_public_address_is_kept_without_its_last_slash(no_settings):
    no_settings.setenv("LOA_PUBLIC_URL", "https://loa.example/sms/")
    assert config.load().public_url == "https://loa.example/sms"


def test_a_shifted_clock_is_allowed_while_every_provider_is_on_loopback(no_settings):
    no_settings.setenv("LOA_CLOCK_OFFSET_S", "3600")
    no_settings.setenv("LOA_ESMS_BASE_URL", "http://127.0.0.1:9090/MainService.svc")
    assert config.load().clock_offset_s == 3600


def test_the_telephone_is_a_route_of_passwords(no_settings):
    no_settings.setenv("LOA_OTP_ROUTE", "esms,esms_voice")
    assert config.load().otp_route == "esms,esms_voice"


def test_an_empty_variable_is_the_default(no_settings):
    no_settings.setenv("LOA_ESMS_MAX_BATCH", "")
    assert config.load().esms.max_batch == 5000


def test_postgres_urls_are_read_as_people_write_them(no_settings):
    no_settings.setenv("LOA_DATABASE_URL", "postgres://loa:secret@db/loa")
    assert config.load().database_url.get_secret_value() == "postgresql+psycopg://loa:secret@db/loa"


def test_secrets_do_not_show(no_settings):
    no_settings.setenv("LOA_ESMS_SECRET_KEY", "very-secret")
    assert "very-secret" not in repr(config.load())


OPENID = {
    "LOA_OIDC_ISSUER": "https://id.example/realms/loa",
    "LOA_OIDC_CLIENT_ID": "loa",
    "LOA_OIDC_CLIENT_SECRET": "mat-khau-cua-loa",
}


def test_a_provider_of_openid_connect_is_set_whole_or_not_at_all(no_settings):
    assert config.load().openid is None
    for variable, value in OPENID.items():
        no_settings.setenv(variable, value)
    found = config.load().openid
    assert found is not None
    assert (found.issuer, found.client_id, found.client_secret) == tuple(OPENID.values())
    assert (found.title, found.scopes, found.hosts) == ("OpenID Connect", "openid email profile", ())
    for missing, value in OPENID.items():
        no_settings.delenv(missing)
        with pytest.raises(ConfigError, match=f"{missing}: set it too"):
            config.load()
        no_settings.setenv(missing, value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LOA_OIDC_ISSUER", "http://id.example"),
        ("LOA_OIDC_ISSUER", "id.example"),
        ("LOA_OIDC_CLIENT_SECRET", "mật khẩu"),
        ("LOA_OIDC_SCOPES", "email"),
        ("LOA_OIDC_ROLES", "boss=director"),
        ("LOA_OIDC_ROLE_CLAIM", "groups"),
        ("LOA_OIDC_TIMEOUT_S", "0"),
    ],
)
def test_a_provider_that_cannot_work_stops_the_boot(no_settings, variable, value):
    for name, right in OPENID.items():
        no_settings.setenv(name, right)
    no_settings.setenv(variable, value)
    with pytest.raises(ConfigError, match="LOA_OIDC_ROLES" if variable == "LOA_OIDC_ROLE_CLAIM" else variable) as fault:
        config.load()
    assert "mat-khau" not in str(fault.value)
    assert "mật khẩu" not in str(fault.value)


def test_ads_leave_within_both_margins_of_a_window(no_settings):
    no_settings.setenv("LOA_AD_OPENING_MARGIN_S", "10")
    no_settings.setenv("LOA_AD_CLOSING_MARGIN_S", "20")
    windows = config.load().windows
    assert not windows.contains(isoparse("2026-03-02T08:00:09+07:00"))
    assert windows.contains(isoparse("2026-03-02T08:00:10+07:00"))
    assert windows.closes(isoparse("2026-03-02T09:00+07:00")) == isoparse("2026-03-02T11:29:40+07:00")
    no_settings.setenv("LOA_AD_OPENING_MARGIN_S", "86400")
    with pytest.raises(ConfigError, match="LOA_AD"):
        config.load()
