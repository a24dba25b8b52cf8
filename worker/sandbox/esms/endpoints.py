"""The other addresses of eSMS: voice and OTT messages have hosts of their own (manual III and IV)."""

from collections.abc import Mapping
from dataclasses import replace

from worker.sandbox.emulator import Answer, Emulator, Place
from worker.sandbox.esms.service import VOICE_STATUS, Esms

_VOICE = ("MakeCallTemplate_V2", "MakeCallRecord_V2", "VoiceOTP", VOICE_STATUS)


class Door(Emulator):
    """Another address of the same eSMS: its keys, its money, its RequestIds, its functions."""

    name = "esms"
    functions = {}
    folder: str
    #: The setting of Loa that points it here.
    setting: str

    def __init__(self, esms: Esms) -> None:
        self._esms = esms
        self.base_path = f"/{self.folder}/MainService.svc"

    def reset(self) -> None:
        """Nothing is kept here."""

    def variables(self, url: str) -> Mapping[str, str]:
        """The setting of Loa that points it here; the account is eSMS's."""
        return {self.setting: f"{url}{self.base_path}"}

    def locate(self, path: str) -> Place | None:
        """Find a function under this address's folder."""
        segments = [segment for segment in path.split("/") if segment]
        return self._esms.inside(segments[1:]) if segments and segments[0].lower() == self.folder else None

    def refusal(self, function: str, form: str, code: str) -> Answer:
        """Say no as eSMS does."""
        return self._esms.refusal(function, form, code)


class VoiceEndpoint(Door):
    """voiceapi.esms.vn: calls alone, with a GetSendStatus of their own."""

    folder, setting = "esms-voice", "LOA_ESMS_VOICE_BASE_URL"

    def locate(self, path: str) -> Place | None:
        """Find a function of calls."""
        place = super().locate(path)
        if place and place.function.name == "GetSendStatus":
            return replace(place, function=self._esms.functions[VOICE_STATUS.lower()])
        return place if place and place.function.name in _VOICE else None


class OttEndpoint(Door):
    """rest.apiesms.com: Zalo and the channels in turn, and whatever the main address has."""

    folder, setting = "esms-ott", "LOA_ESMS_OTT_BASE_URL"
