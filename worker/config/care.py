"""Settings of customer care: the hours in which its texts may leave."""

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from worker.domain.intake import parse_hours
from worker.domain.window import ALWAYS, Windows


class CareHours(BaseSettings):
    """The hours of care campaigns; one-time passwords have none."""

    care_windows: str = Field(
        default="always",
        description="Hours in which care campaigns may leave, Vietnam time, like 07:00-21:00; always: at any hour.",
    )

    @field_validator("care_windows")
    @classmethod
    def _care_hours(cls, value: str) -> str:
        parse_hours(value)
        return value

    @property
    def care_hours(self) -> Windows:
        """The hours of care campaigns; checked at boot."""
        return parse_hours(self.care_windows) or ALWAYS
