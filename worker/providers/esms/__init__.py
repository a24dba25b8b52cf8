"""eSMS (ViHAT): advertising orders and their reports, as written in the PDF manual and the newer web documents.

`adapter` calls, `ads` writes orders and reads their answers, `reports` reads reports, `codes` says what codes mean.
"""

from worker.providers.esms.adapter import Esms, EsmsAccount

__all__ = ["Esms", "EsmsAccount"]
