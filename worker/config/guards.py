"""Settings that guard: the age of sender lists, the former secret key, and the folders lists may be read from."""

from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings


class Guards(BaseSettings):
    """What is compared before it is believed."""

    sender_list_s: float = Field(
        default=3600,
        ge=0,
        description="Seconds for which a provider's list of senders is believed: campaigns of a sender that it lacks "
        "are refused; 0: senders are not compared.",
    )
    secret_key_old: SecretStr = Field(
        default=SecretStr(""),
        description="The former LOA_SECRET_KEY during a rotation: it still opens what it sealed, and seals nothing "
        "new.",
    )
    list_folders: str = Field(
        default="",
        description="Folders, with colons between them, from which loa.enqueue_campaign may read lists, besides "
        "LOA_DATA_DIR/uploads; empty: any file that worker-plan can read.",
    )

    @field_validator("list_folders")
    @classmethod
    def _absolute(cls, value: str) -> str:
        if relative := [
            folder for folder in value.split(":") if folder.strip() and not Path(folder.strip()).is_absolute()
        ]:
            raise ValueError(f"{relative[0]!r} does not begin with /: a worker has its own current folder")
        return value

    @property
    def lists_from(self) -> tuple[Path, ...]:
        """The folders of lists; none: any."""
        return tuple(Path(folder.strip()) for folder in self.list_folders.split(":") if folder.strip())
