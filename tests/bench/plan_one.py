"""Plans one list and prints what it took, as JSON: `python plan_one.py LIST`, with the build to measure first on PYTHONPATH.

It names only what the build of commit 3817865 and today's have in common, so that both are measured by the same lines.
"""

import importlib
import json
import os
import resource
import sys
import time
from pathlib import Path

from worker import config
from worker.storage import migrate
from worker.wiring import Loa

TEXT = "[QC] Giam gia 20% toan bo cua hang"


def planning():
    """The module of the service, and the class of a request, wherever this build has them."""
    for name in ("worker.services.planning.plan", "worker.services.plan"):
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        return module, getattr(module, "CampaignRequest", None) or module.Wish
    raise SystemExit("this build has no planning that is known here")


def main() -> None:
    """Plan it, and say how long that took and how much of it was computing, here and in children."""
    module, request = planning()
    loa = Loa(config.load(), os.environ["LOA_DATABASE_URL"], os.environ["LOA_REDIS_URL"])
    migrate.upgrade(loa.engine)
    imported = time.process_time()
    began = time.perf_counter()
    made = module.create(loa.deps, request("esms", "LOA", "ads", TEXT, Path(sys.argv[1])))
    seconds = time.perf_counter() - began
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    computed = sum(one.ru_utime + one.ru_stime for one in used) - imported
    found = {"seconds": seconds, "computed": computed, "rows": made.campaign.rows, "valid": made.campaign.valid}
    sys.stdout.write(json.dumps(found) + "\n")
    loa.close()


if __name__ == "__main__":
    main()
