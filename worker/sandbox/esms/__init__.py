"""eSMS as its documents tell it: `rest.esms.vn/MainService.svc` and two more (manual, web)."""

from worker.sandbox.esms.doors import OttDoor as OttDoor
from worker.sandbox.esms.doors import VoiceDoor as VoiceDoor
from worker.sandbox.esms.service import Esms as Esms
