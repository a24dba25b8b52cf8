"""Writes the answers of Fibo: XML in a `<string>`, escaped or not; a page; an envelope of SOAP."""

from xml.sax.saxutils import escape

from worker.sandbox.emulator import Answer

_XML = "text/xml; charset=utf-8"
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\r\n'
_SOAP = (
    _HEAD + '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
    "<soap:Body>{}</soap:Body></soap:Envelope>"
)
#: What the guide of 2009 says beside each of its codes.
_OLD_WORDS = {"100": "Please check your account!", "200": "Sending..."}


def plain(text: str) -> Answer:
    """A text alone in its `<string>`."""
    return Answer(f'{_HEAD}<string xmlns="http://tempuri.org/">{escape(text)}</string>'.encode(), content_type=_XML)


def sms(code: str, name: str, value: str, *, escaped: bool) -> Answer:
    """`<SMS>` with a code and one value (page 2.1 and 2.2); Time is empty there."""
    inner = f"<SMS> <Code>{code}</Code> <{name}>{escape(value)}</{name}>  \n<Time></Time></SMS>"
    if escaped:
        return plain(inner)
    return Answer(f"<string>{inner}</string>".encode(), content_type=_XML)


def refusal(function: str, code: str, *, escaped: bool) -> Answer:
    """A refusal in the shape of the function's answers, with Fibo's words."""
    match function:
        case "PartnerMtTotal":
            # the documents show no refusal of the page
            return Answer(f"-{code}".encode(), content_type="text/html; charset=utf-8")
        case "GetTotalMt":
            fault = f"<soap:Fault><faultcode>soap:Server</faultcode><faultstring>{code}</faultstring></soap:Fault>"
            return Answer(_SOAP.format(fault).encode(), 500, _XML)
        case "GetClientBalance":
            return sms(code, "Message", _OLD_WORDS.get(code, "Get Balance Error!..."), escaped=escaped)
    return sms(code, "Message", _OLD_WORDS.get(code, "Send MT Error!..."), escaped=escaped)


def missing(name: str) -> Answer:
    """What the web server says of a parameter that is not there."""
    return Answer(f"Missing parameter: {name}.\r\n".encode(), 500, "text/plain; charset=utf-8")


def dangerous() -> Answer:
    """What ASP.NET's request validation says before the method runs, to a value that looks like markup."""
    said = "System.Web.HttpRequestValidationException (0x80004005): A potentially dangerous Request value was detected.\r\n"
    return Answer(said.encode(), 500, "text/plain; charset=utf-8")


def page(figures: str) -> Answer:
    """The totals as plain text (page 2.3)."""
    return Answer(figures.encode(), content_type="text/html; charset=utf-8")


def soap(figures: str) -> Answer:
    """The totals in their envelope (page 2.3)."""
    result = f'<GetTotalMtResponse xmlns="http://tempuri.org"><GetTotalMtResult>{figures}</GetTotalMtResult>'
    return Answer(_SOAP.format(f"{result}</GetTotalMtResponse>").encode(), content_type=_XML)
