"""Is everything locked that is installed here in the bill of materials, under its version? Prints how many, or which are not."""

import json
import re
import sys
from importlib.metadata import distributions
from pathlib import Path


def name(written: str) -> str:
    """A package's name as packages compare them."""
    return re.sub(r"[-_.]+", "-", written).lower()


def main(lock: str, bill: str) -> int:
    """How the process ends."""
    document = json.loads(Path(bill).read_text(encoding="utf-8"))
    listed = {(name(one["name"]), one.get("version", "")) for one in document["components"]}
    locked = dict(re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\\\]+)", Path(lock).read_text(encoding="utf-8"), re.MULTILINE))
    # Some lines are for other systems.
    here = {name(one.metadata["Name"]) for one in distributions()}
    wanted = {(name(one), version) for one, version in locked.items() if name(one) in here}
    if missing := sorted(wanted - listed):
        sys.stderr.write(f"{bill} lacks {missing}\n")
        return 1
    unlicensed = sum(not one.get("licenses") for one in document["components"])
    sys.stdout.write(
        f"{bill}: {document['bomFormat']} {document['specVersion']}, {len(listed)} components, all {len(wanted)} locked ones "
        f"among them, {unlicensed} without a licence of their own telling\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
