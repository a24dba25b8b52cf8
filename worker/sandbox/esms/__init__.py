"""eSMS as its documents tell it: `rest.esms.vn/MainService.svc` and two more (manual, web)."""

from worker.sandbox.esms.endpoints import OttEndpoint as OttEndpoint
from worker.sandbox.esms.endpoints import VoiceEndpoint as VoiceEndpoint
from worker.sandbox.esms.service import Esms as Esms
