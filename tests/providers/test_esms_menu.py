"""The table of eSMS's functions holds every one of its menu, and says of each whether it is built, or why not."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: The menu of the developer pages, in its order; three slips of spelling are put right.
MENU = """
Send OTP/Customer care message; Send advertising message; Send message via Zalo; Send message via Viber;
Send fixed number with cheap price; Send multi-channel message via Zalo and SMS; Send personalized message via Zalo;
Send Zalo message Consulting in text form; Send Zalo message with attached photo; Send Zalo message Consulting button;
Send Zalo Trading message; Send Zalo messages to request user's information; Send Journey ZNS message;
Send auto-generated SMS; The multichannel auto-generated OTP;
Get balance; Get the message status; Get SMS by SMSID; Get message details; Get list registered brandnames;
Get list customer care templates; Summary your customer care submit; Summary your advertising submit; Get list OA;
Get list templates of OA; Summary Zalo message; Get the daily quota of OA; Get rating information of Zalo users;
Check the OA quality; Get list Zalo's followers; Get callback data; Get Zalo template details; Purchase OA package;
Registering the Zalo template; Registering SMS template;
Send customer care message using GET; Send customer care message using POST X-Form;
Send customer care message using POST TEXT; Send fixed number using GET; Send advertising message using POST TEXT;
Send Zalo message (old version); Send Zalo message using POST X-FORM; Send Zalo message full template;
Send Viber message using GET; Check code;
Connect to shortcode service;
Create voice OTP call; Create an auto-call using template; Create a call from recording file; Get voice call status;
Table of error codes; Test environment (Sandbox); Callback Url
"""


def rows() -> dict[str, str]:
    page = (ROOT / "docs/esms-functions.md").read_text()
    found = re.findall(r"^\| (.+?) \| .+? \| (.+) \|$", page, re.MULTILINE)
    return {name.removesuffix(" (by time)"): said for name, said in found if name != "menu"}


def test_every_function_of_the_menu_is_in_the_table():
    named = [" ".join(one.split()) for one in MENU.split(";")]
    assert len(named) == len(set(named)) == 53
    assert [one for one in rows() if not one.startswith("(")] == named
    assert "docs/esms-functions.md" in (ROOT / "README.md").read_text()


def test_each_is_built_or_has_its_reason():
    for name, said in rows().items():
        assert re.match(r"built(: | for | as )|not built(: |, ).", said), name


def test_every_command_and_setting_in_it_exists():
    page = (ROOT / "docs/esms-functions.md").read_text()
    settings = (ROOT / "docs/reference/settings.md").read_text()
    commands = (ROOT / "docs/reference/commands.md").read_text()
    for name in set(re.findall(r"LOA_[A-Z0-9_]+", page)):
        assert f"`{name}`" in settings, name
    for name in set(re.findall(r"`(loa [a-z]+(?: [a-z]+)?)", page)):
        assert f"## {name}\n" in commands, name
