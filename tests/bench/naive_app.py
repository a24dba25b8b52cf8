"""The sender that people write first: a Celery task a number, `rate_limit`, early acknowledgement as Celery has it."""

import os
from functools import cache
from uuid import uuid4

import httpx
from celery import Celery

app = Celery("naive", broker=os.environ.get("NAIVE_REDIS_URL"))
app.conf.task_ignore_result = True


@cache
def client() -> httpx.Client:
    """One a process, kept alive: kinder than what people write first, which is `httpx.post`."""
    return httpx.Client(trust_env=False, timeout=8)


@app.task(rate_limit=os.environ.get("NAIVE_RATE_LIMIT") or None)  # type: ignore[untyped-decorator]
def send(phone: str) -> None:
    """Send one text."""
    body = {
        "ApiKey": "sandbox-key",
        "Content": "Don hang cua ban dang duoc giao",
        "Phone": phone,
        "SecretKey": "sandbox-secret",
        "Brandname": "LOA",
        "SmsType": "2",
        "RequestId": str(uuid4()),
    }
    client().post(os.environ["NAIVE_URL"], json=body).raise_for_status()
