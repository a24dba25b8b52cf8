"""Settings of what subscribers send: the words of refusal and consent, what is answered, and how calls are known to be real."""

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from worker.domain.opt_out import OPT_IN_WORDS, OPT_OUT_WORDS, Meaning, Rules, Words
from worker.errors import Misuse
from worker.providers.incoming import IncomingProvider


class Incoming(BaseSettings):
    """Messages of subscribers."""

    esms_incoming_key: SecretStr = Field(
        default=SecretStr(""),
        description="The private key with which eSMS signs subscribers' messages; empty: not checked.",
    )
    esms_incoming_cpid: str = Field(default="", description="Our CPID at eSMS; empty: any.")
    fibo_incoming_user: str = Field(
        default="", description="The Username that Fibo sends with subscribers' messages; empty: any."
    )
    fibo_incoming_password: SecretStr = Field(default=SecretStr(""), description="Its Password; empty: any.")
    opt_out_words: str = Field(
        default=OPT_OUT_WORDS,
        description="Words by which a subscriber refuses ads, accents or not; LOA:THOI is one for the sender LOA only.",
    )
    opt_in_words: str = Field(default=OPT_IN_WORDS, description="Words by which a subscriber accepts ads again.")
    opt_out_reply: str = Field(
        default="Quy khach da tu choi nhan tin quang cao. Chung toi se khong gui nua.",
        description="The reply to an opt-out.",
    )
    opt_in_reply: str = Field(
        default="Quy khach da dong y nhan tin quang cao. De tu choi, soan TC.",
        description="The reply to an opt-in.",
    )
    incoming_reply: str = Field(default="", description="The reply to any other message; empty: none.")

    @field_validator("opt_out_words", "opt_in_words")
    @classmethod
    def _words(cls, value: str) -> str:
        try:
            Words.parse(value, "")
        except Misuse as fault:
            raise ValueError(str(fault)) from None
        return value

    def incoming_providers(self) -> dict[str, IncomingProvider]:
        """Who passes on what subscribers send, by the name in the path."""
        from worker.providers.esms.incoming import EsmsIncoming  # noqa: PLC0415 - where a call comes in
        from worker.providers.fibo.incoming import FiboIncoming  # noqa: PLC0415

        return {
            "esms": EsmsIncoming(self.esms_incoming_key.get_secret_value(), self.esms_incoming_cpid),
            "fibo": FiboIncoming(self.fibo_incoming_user, self.fibo_incoming_password.get_secret_value()),
        }

    @property
    def incoming_rules(self) -> Rules:
        """Which words mean what, and what is answered."""
        replies = {
            Meaning.OPT_OUT: self.opt_out_reply,
            Meaning.OPT_IN: self.opt_in_reply,
            Meaning.OTHER: self.incoming_reply,
        }
        return Rules(Words.parse(self.opt_out_words, self.opt_in_words), replies)
