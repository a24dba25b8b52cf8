"""The requests of the documents, spelled out by hand: neither the adapter nor the emulator had a part in them."""

import base64
import queue
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

KEYS = {"ApiKey": "sandbox-key", "SecretKey": "sandbox-secret"}


def numbers(count, start=1):
    """Obviously invented mobile numbers, as eSMS wants them."""
    return [f"09{position:08d}" for position in range(start, start + count)]


class Sandbox:
    """One sandbox, asked and steered over HTTP."""

    def __init__(self, url):
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=60, trust_env=False)

    def ads(self, phones=None, form="json", **fields):
        body = {**KEYS, "Brandname": "LOA", "Content": "[QC] Sale", "SmsType": "1", "Phones": phones or numbers(20)}
        return self.http.post(f"/esms/MainService.svc/{form}/SendMultipleSMSBrandname_json/", json={**body, **fields})

    def care(self, phone="0900000001", **fields):
        body = {**KEYS, "Brandname": "LOA", "Content": "Ma cua ban la 1", "SmsType": "2", "Phone": phone}
        return self.http.post(
            "/esms/MainService.svc/json/SendMultipleMessage_V4_post_json/", json={**body, "IsUnicode": "0", **fields}
        )

    def xml(self, phones, form="xml", function="SendMultipleMessage_V4", extra="", sms_type="1"):
        customers = "".join(f"<CUSTOMER><PHONE>{phone}</PHONE></CUSTOMER>" for phone in phones)
        body = (
            "<RQST><APIKEY>sandbox-key</APIKEY><SECRETKEY>sandbox-secret</SECRETKEY><CONTENT>[QC] A &amp; B &lt;3</CONTENT>"
            f"<SMSTYPE>{sms_type}</SMSTYPE><BRANDNAME>LOA</BRANDNAME>{extra}<CONTACTS>{customers}</CONTACTS></RQST>"
        )
        return self.http.post(f"/esms/MainService.svc/{form}/{function}/", content=body)

    def ask(self, function, form="json", **query):
        return self.http.get(f"/esms/MainService.svc/{form}/{function}", params={**KEYS, **query})

    def status(self, ref):
        return self.ask("GetSendStatus", RefId=ref).json()

    def receivers(self, ref):
        return self.ask("GetSmsReceiverStatus_get", RefId=ref).json()

    def sent(self, page=1, size=500, begin="2000-01-01 00:00:00", end="2099-01-01 00:00:00", **fields):
        body = {**KEYS, "SmsType": "1", "From": begin, "To": end, "Page": page, "PageSize": size, **fields}
        return self.http.post("/esms/MainService.svc/json/GetSmsSentData_V2", json=body).json()

    def sent_v1(self, begin, end, extra=""):
        body = (
            "<RQST><APIKEY>sandbox-key</APIKEY><SECRETKEY> sandbox-secret </SECRETKEY>"
            f"<FROM>{begin}</FROM><TO>{end}</TO>{extra}</RQST>"
        )
        return self.http.post("/esms/MainService.svc/json/GetSmsSentData_V1", content=body).json()

    def balance(self):
        return self.http.post("/esms/MainService.svc/json/GetBalance_json", json=KEYS).json()["Balance"]

    def settings(self, **patch):
        answer = self.http.patch("/_sandbox/settings", json=patch)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def arm(self, do, **requested):
        answer = self.http.post(
            "/_sandbox/faults", json={"function": "SendMultipleSMSBrandname_json", "do": do, **requested}
        )
        assert answer.status_code == 201, answer.text

    def faults(self):
        return self.http.get("/_sandbox/faults").json()["faults"]

    def advance(self, seconds):
        assert self.http.post("/_sandbox/advance", json={"seconds": seconds}).status_code == 200

    def ledger(self):
        return self.http.get("/_sandbox/ledger").json()

    def totals(self):
        return self.ledger()["totals"]

    def phones(self):
        lines = self.http.get("/_sandbox/ledger/phones").text.splitlines()
        return {int(phone): (int(taken), int(got)) for phone, taken, got in (line.split(",") for line in lines)}

    def callbacks(self):
        return self.http.get("/_sandbox/callbacks").json()["callbacks"]

    def post(self, function, base="esms", form="json", **fields):
        return self.http.post(f"/{base}/MainService.svc/{form}/{function}/", json={**KEYS, **fields})

    def call(self, function, base="esms-voice", form="json", **query):
        query = {**KEYS, "Phone": "0842090998", **query}
        return self.http.get(f"/{base}/MainService.svc/{form}/{function}", params=query)


class FptSandbox(Sandbox):
    """FPT's functions, with the bodies of the manual of 2016."""

    token_fields = {
        "grant_type": "client_credentials",
        "client_id": "sandbox-client",
        "client_secret": "sandbox-secret",
        "scope": "send_brandname send_brandname_otp",
        "session_id": "abcde",
    }

    def fpt(self, path, **body):
        return self.http.post(f"/fpt/{path}", json=body)

    def token(self, **fields):
        return self.fpt("oauth2/token", **{**self.token_fields, **fields})

    def session(self, **fields):
        """The two fields that every other call begins with."""
        asked = {**self.token_fields, **fields}
        return {"access_token": self.token(**asked).json()["access_token"], "session_id": asked["session_id"]}

    def otp(self, session, text="test tin nhắn", phone="0949123456", **fields):
        message = base64.b64encode(text.encode()).decode()
        body = {"BrandName": "FTI", "Phone": phone, "Message": message, **fields}
        return self.fpt("api/push-brandname-otp", **session, **body)

    def create(self, session, due, name="Chuong trinh khuyen mai", quota="15000", **fields):
        body = {
            "CampaignName": name,
            "BrandName": "FTI",
            "Message": "Giam gia 10% cho hoa don tren 10tr dong",
            "ScheduleTime": due,
            "Quota": quota,
        }
        return self.fpt("api/create-campaign", **session, **{**body, **fields})

    def push(self, session, code, phones):
        listed = phones if isinstance(phones, str) else ",".join(phones)
        return self.fpt("api/push-brandname-ads", **session, CampaignCode=code, PhoneList=listed)

    def cancel(self, session, code):
        return self.fpt("api/cancel-ads", **session, CampaignCode=code)

    def shown(self):
        return self.http.get("/_sandbox/fpt").json()


def _well(_):
    return 200, b""


@contextmanager
def listening(answer=_well):
    """A customer's server: its address, and a queue of what arrives as (method, path with query, body).

    `answer` gives status and body by the number of the request, from 1.
    """
    arrived, count = queue.Queue(), iter(range(1, 1_000_000))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def respond(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            arrived.put((self.command, self.path, body))
            status, text = answer(next(count))
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = respond  # noqa: N815 - names of the standard library

        def log_message(self, *_):
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", arrived
        finally:
            server.shutdown()
            thread.join()
