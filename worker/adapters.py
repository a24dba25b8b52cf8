"""How adapters are made of settings; each is imported with its HTTP client when it is first asked for."""

# ruff: noqa: PLC0415

from typing import TYPE_CHECKING

from worker import config
from worker.clock import Clock
from worker.config import Settings
from worker.errors import Refused
from worker.sealing import Sealer, kept_key

if TYPE_CHECKING:
    from worker.providers.esms import Esms
    from worker.providers.fibo import Fibo
    from worker.providers.fpt import Fpt, TokenStore
    from worker.providers.sandbox import Sandbox


def esms_adapter(settings: Settings) -> "Esms":
    """The adapter of our eSMS account."""
    from worker.providers.esms import Esms, EsmsAccount

    esms = settings.esms
    return Esms(
        EsmsAccount(
            api_key=esms.api_key.get_secret_value(),
            secret_key=esms.secret_key.get_secret_value(),
            base_url=esms.base_url,
            ads_api=esms.ads_api,
            timeout_s=esms.timeout_s,
            voice_base_url=esms.voice_base_url,
            ott_base_url=esms.ott_base_url,
            message_api=esms.message_api,
            sent_data=esms.sent_data,
            viber_api=esms.viber_api,
            code_99=esms.code_99,
            otp_sms_type=esms.otp_sms_type,
            sandbox=esms.sandbox,
            callback_url=callback_url(settings, "esms"),
        )
    )


def fpt_adapter(settings: Settings, tokens: "TokenStore", clock: Clock) -> "Fpt":
    """The adapter of our FPT account; its token is shared by all processes."""
    from worker.providers.fpt import Fpt, FptAccount

    fpt = settings.fpt
    return Fpt(
        FptAccount(
            client_id=fpt.client_id,
            client_secret=fpt.client_secret.get_secret_value(),
            base_url=fpt.base_url,
            campaign_message_encoding=fpt.campaign_message_encoding,
            timeout_s=fpt.timeout_s,
        ),
        tokens,
        clock.now,
    )


def fibo_adapter(settings: Settings) -> "Fibo":
    """The adapter of our Fibo account."""
    from worker.providers.fibo import Fibo, FiboAccount

    fibo = settings.fibo
    return Fibo(
        FiboAccount(
            client_no=fibo.client_no,
            client_pass=fibo.client_pass.get_secret_value(),
            base_url=fibo.base_url,
            status_url=fibo.status_url,
            timeout_s=fibo.timeout_s,
        )
    )


def sandbox_adapter(settings: Settings) -> "Sandbox":
    """The adapter of our account at the sandbox's own provider."""
    from worker.providers.sandbox import Sandbox, SandboxAccount

    sandbox = settings.sandbox
    return Sandbox(SandboxAccount(sandbox.secret.get_secret_value(), sandbox.base_url, sandbox.timeout_s))


def callback_url(settings: Settings, path: str) -> str:
    """Where a provider reaches us with its reports (`esms`), or with what subscribers send (`esms/incoming`); empty without
    LOA_PUBLIC_URL. It holds a secret.
    """
    if not settings.public_url:
        return ""
    return f"{settings.public_url}/callbacks/{path}/{Sealer(secret_key(settings)).callback_secret(path)}"


def secret_key(settings: Settings) -> str:
    """LOA_SECRET_KEY as set, else, with the embedded PostgreSQL, the one kept beside it, which is made at its first need."""
    if given := settings.secret_key.get_secret_value():
        return given
    if not config.embedded_database(settings):
        raise Refused(
            "no_secret_key",
            "LOA_SECRET_KEY is not set, and with it the texts of one-time passwords are encrypted and the paths of callbacks "
            "signed: set the same random one (`openssl rand -base64 32` makes it) for all processes on all hosts.",
        )
    return kept_key(settings.data_dir / "secret.key")
