"""Campaigns of producers by Celery: the arguments of `loa.enqueue_campaign`, checked and taken in as a draft."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from worker.domain.policy import Channel
from worker.errors import Misuse, Refused
from worker.lists import ReadOptions
from worker.services import webhooks
from worker.services.deps import Deps
from worker.services.planning import channels, drafts
from worker.services.planning.drafts import Drafted
from worker.services.planning.list_folders import allowed
from worker.services.planning.request import CampaignRequest

NEEDED: Final = ("provider", "sender", "kind", "text", "list_path")
#: By Zalo a template stands for text and sender.
NEEDED_BY_ZALO: Final = ("provider", "kind", "list_path")
BY_ZALO: Final = ("channel", "oa_id", "template_id", "params")
AFTER_ZALO: Final = ("fallback_text", "fallback_sender")
READING: Final = ("phone_column", "sheet", "hidden", "encoding", "header_row")
ALLOWED: Final = (*NEEDED, "name", "at", "key", "until", "callback_url", *READING, *BY_ZALO, *AFTER_ZALO)


def enqueue_campaign(deps: Deps, arguments: Mapping[str, Any], own_key: str) -> Drafted:
    """Take a campaign in; `own_key` stands for the request where it brings no key.

    Misuse names the argument that is wrong, never what it holds: it may be a number.
    """
    for name, value in arguments.items():
        if name not in ALLOWED:
            raise Misuse(f"A campaign has no {name!r}; it has {', '.join(ALLOWED)}, and its numbers are in the file.")
        if not isinstance(value, str):
            raise Misuse(f"The {name} of a campaign is a text.")
        if "\0" in value or (name not in {"text", "fallback_text"} and not value.isprintable()):
            raise Misuse(f"The {name} of a campaign has printable characters only, on one line.")
    needed = NEEDED if arguments.get("channel", Channel.SMS) == Channel.SMS else NEEDED_BY_ZALO
    if missing := [name for name in needed if not arguments.get(name)]:
        raise Misuse(f"The campaign has no {missing[0]}.")
    channel, template = channels.read(*(arguments.get(name, "") for name in BY_ZALO))
    path = Path(arguments["list_path"])
    if not path.is_absolute():
        raise Misuse("The list_path of a campaign begins with /: a worker has its own current folder.")
    list_name, path = path.name, allowed(deps, path)
    if not path.is_file():
        raise Refused("file_missing", f"There is no file {path} where worker-plan runs.")
    requested = CampaignRequest(
        provider=arguments["provider"],
        sender=arguments.get("sender", ""),
        kind=arguments["kind"],
        text=arguments.get("text", ""),
        channel=channel,
        template=template,
        fallback=channels.fallback(*(arguments.get(name, "") for name in AFTER_ZALO)),
        list_path=path,
        list_name=list_name,
        name=arguments.get("name", ""),
        at=arguments.get("at"),
        key=arguments.get("key") or own_key,
        reading=ReadOptions(**{name: arguments[name] for name in READING if arguments.get(name)}),
        until=arguments.get("until"),
        callback_url=webhooks.check_callback(deps, arguments.get("callback_url")),
    )
    return drafts.create(deps, requested, uploaded=False)
