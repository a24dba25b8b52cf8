"""Filters the processes' log lines for the terminal; all of them are in the files."""

import re
from typing import Final

#: A failure, in the words of our log, uvicorn's or Flower's.
TROUBLE: Final = re.compile(r"\[(?:error|critical) *\]|^(?:ERROR|CRITICAL):|^\[E ")
#: Also warnings, and whatever Loa itself says; not the banners of others, nor the sweeps.
WORTH_SEEING: Final = re.compile(rf"{TROUBLE.pattern}|\[warning *\]|^WARNING:|^\[W |\[(?:worker|scheduler)\.[\w.]+\]$")
