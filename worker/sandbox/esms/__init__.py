"""eSMS as its documents tell it: `rest.esms.vn/MainService.svc` (seed 000 section II, PROVIDERS.md section 1)."""

from worker.sandbox.esms.service import Esms as Esms
