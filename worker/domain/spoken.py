"""The digits of a text that can be read out: a telephone reads a code, not a sentence."""

import re
from typing import Final

#: Digits that stand by themselves; a code of fewer is a day or a price, of more a number of something.
CODE: Final = re.compile(r"(?<![\w.,])[0-9]{4,10}(?!\w|[.,][0-9])")


def spoken_code(text: str) -> str | None:
    """The one code in a text, however often it stands there; None where there is none, or another number beside it."""
    found = set(CODE.findall(text))
    return found.pop() if len(found) == 1 else None
