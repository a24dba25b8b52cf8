"""Every message of the console's pages; run as a program it names those that a catalogue lacks, ready to be translated."""

import sys
from pathlib import Path

from babel.messages.extract import extract_from_dir

from worker.console.i18n import catalogue
from worker.console.render import MENU

CONSOLE = Path(__file__).parents[2] / "worker/console"
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
METHODS = [("pages/**.py", "python"), ("*.py", "python"), ("templates/**.html", "jinja2")]


def messages() -> list[str]:
    """The ids of all messages, in the order of the files."""
    found: dict[str, None] = {}
    options = {"templates/**.html": {"newstyle_gettext": "true"}}
    for _, _, message, *_ in extract_from_dir(str(CONSOLE), METHODS, options, KEYWORDS):
        found[message if isinstance(message, str) else message[0]] = None
    return [*found, *(one.title for one in MENU if one.title not in found)]


def missing(language: str = "vi") -> list[str]:
    """Those that the catalogue of a language lacks."""
    known = catalogue(language)
    return [
        one
        for one in messages()
        if known.gettext(one) == one and not one.isupper() and one not in {"CSV", "Loa", "%(who)s, %(at)s"}
    ]


if __name__ == "__main__":
    print("\n".join(missing(*sys.argv[1:])))
