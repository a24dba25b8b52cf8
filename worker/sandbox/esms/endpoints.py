"""The other addresses of eSMS: voice and OTT messages have hosts of their own (manual III and IV)."""

from collections.abc import Mapping

from worker.sandbox.emulator import Answer, Function, Place
from worker.sandbox.esms.service import VOICE_STATUS, Esms

_VOICE = ("MakeCallTemplate_V2", "MakeCallRecord_V2", "VoiceOTP", VOICE_STATUS)


class Door:
    """Another address of the same eSMS: its keys, its money, its RequestIds."""

    name = "esms"

    def __init__(self, esms: Esms, setting: str, folder: str) -> None:
        self._esms = esms
        self._folder = folder
        self._setting = setting
        self.base_path = f"/{folder}/MainService.svc"
        self.reset()

    def reset(self) -> None:
        """Look again for the functions."""
        self.functions: Mapping[str, Function] = self._esms.functions

    def variables(self, url: str) -> Mapping[str, str]:
        """The setting of Loa that points it here; the account is eSMS's."""
        return {self._setting: f"{url}{self.base_path}"}

    def locate(self, path: str) -> Place | None:
        """Find a function under this address's folder."""
        segments = [segment for segment in path.split("/") if segment]
        return self._esms.inside(segments[1:]) if segments and segments[0].lower() == self._folder else None

    def refusal(self, function: str, form: str, code: str) -> Answer:
        """Say no as eSMS does."""
        return self._esms.refusal(function, form, code)


class VoiceEndpoint(Door):
    """voiceapi.esms.vn: calls alone, with a GetSendStatus of their own."""

    def __init__(self, esms: Esms) -> None:
        super().__init__(esms, "LOA_ESMS_VOICE_BASE_URL", "esms-voice")

    def reset(self) -> None:
        """Look again for the functions."""
        self.functions = {name.lower(): self._esms.functions[name.lower()] for name in _VOICE}

    def locate(self, path: str) -> Place | None:
        """Find a function of calls."""
        place = super().locate(path)
        if place and place.function.name == "GetSendStatus":
            return Place(self.functions[VOICE_STATUS.lower()], place.form)
        return place if place and place.function.name.lower() in self.functions else None


class OttEndpoint(Door):
    """rest.apiesms.com: Zalo and the channels in turn, and whatever the main address has."""

    def __init__(self, esms: Esms) -> None:
        super().__init__(esms, "LOA_ESMS_OTT_BASE_URL", "esms-ott")
