"""What a browser says of itself, as people call it: Chrome, Windows."""

from typing import Final

#: In the order in which they are looked for: most programs name others besides themselves.
PROGRAMS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("coc_coc", "Cốc Cốc"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Zalo", "Zalo"),
    ("FBAN", "Facebook"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
LONGEST: Final = 40


def name(agent: str) -> str:
    """Program and system; the beginning of what it says where neither is known, – where it says nothing."""
    known = [next((told for mark, told in table if mark in agent), "") for table in (PROGRAMS, SYSTEMS)]
    return ", ".join(filter(None, known)) or agent[:LONGEST] or "–"
