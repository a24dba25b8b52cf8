"""The requests of the documents, spelled out by hand: neither the adapter nor the emulator had a part in them."""

import httpx

KEYS = {"ApiKey": "sandbox-key", "SecretKey": "sandbox-secret"}


def numbers(count, start=1):
    """Obviously invented mobile numbers, as eSMS wants them."""
    return [f"09{position:08d}" for position in range(start, start + count)]


class Sandbox:
    """One sandbox, asked and steered over HTTP."""

    def __init__(self, url):
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=10, trust_env=False)

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

    def arm(self, do, **wish):
        answer = self.http.post(
            "/_sandbox/faults", json={"function": "SendMultipleSMSBrandname_json", "do": do, **wish}
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
