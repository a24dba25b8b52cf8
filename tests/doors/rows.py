"""The table of doors to try: what happened at commit 3817865 on two cores, and what must happen."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tried:
    """One line: what is tried, what came of it before, and what must come of it."""

    what: str
    before: str
    must: str


TRIED = {
    "1": Tried(
        "a care campaign with a misspelt sender while an ads campaign is sent",
        "both were paused until a person resumed them",
        "a refusal pauses only what it is about; an unlisted sender is refused when the campaign is created",
    ),
    "2": Tried(
        "`POST /v1/campaigns` with 4.8 MB of wrong recipients, then `POST /v1/otp` with 4.7 MB of unknown fields",
        "web 2,974 MiB, 21 s of CPU, `/healthz` 3.1 s",
        "the first 50 errors; at most 16 kB for a password; web grows by at most 100 MiB",
    ),
    "3": Tried(
        "12 downloads of a report of 200,000 rows at once, with a read key, while passwords are sent",
        "password: 0.02 → 17.3 s at most; web 560 MiB",
        "p99 of passwords during the downloads ≤ 1.5 × idle",
    ),
    "4": Tried(
        "an XLSX with 50 MB of styles; a CSV line of 25 million cells; a ZIP of 200,000 members",
        "1,157 MiB and 26 s; 1,930 MiB, accepted; 236 MiB",
        "each is refused with one sentence, by a process with limits",
    ),
    "5": Tried(
        "NUL, ESC and line breaks in `name`, `sender` and recipients",
        "503 for ever; ESC reached the terminal",
        "422 naming the field",
    ),
    "6": Tried(
        "the disk of the installation is full",
        "500, “unforeseen”, `doctor` waits 120 s; passwords 202, and expired",
        "507 with the path; the same sentence on the command line and in `doctor`, at once; passwords 503; nothing lost",
    ),
    "7": Tried(
        "PostgreSQL at its limit of connections, a wrong password, no such database; Redis refusing writes",
        "commands wait 120 s and hide the server's words",
        "the server's words at once",
    ),
    "8": Tried(
        "plain arguments to `loa.send_otp`, and a misspelt task name",
        "number and code in Flower, the whole body in a log of mode 0644",
        "no log has anything of such a task's body; logs have mode 0600",
    ),
    "9": Tried(
        "cells that begin with TAB, line feed, blank or full-width `＝`, in a report",
        "not guarded",
        "every CSV is guarded in the same way",
    ),
    "10": Tried(
        "1,500 connections with half a header",
        "all open after 30 s",
        "they are closed in time; passwords are answered during it",
    ),
    "11": Tried(
        "10,000 callbacks with unknown references, then a real one",
        "the real one waits 50 s; 91,933 re-reads in 13 min",
        "the real one counts within 2 s",
    ),
    "12": Tried(
        "the clock is set back two hours during a campaign",
        "the campaign stops silently",
        "`doctor`, `/metrics` and `campaign show` say so",
    ),
    "13": Tried(
        "the role of the embedded database; `loa.enqueue_campaign` with a path outside its folders",
        "superuser; any path",
        "a plain role; refused",
    ),
    "200 clients": Tried(
        "200 clients at once on `POST /v1/otp`, with the load generator on the same cores",
        "84 accepted a second",
        "3 × the rate of 3817865 in the same run, 0 errors",
    ),
}
