"""The error codes of FPT: what each means for a call that sends.

Sources: "manual" is the API description of 2016 (part 4), "newer" the table of the later API as public clients carry it
(on GitHub besanh/pitel-microservices; "one client" is StockTraders-AI/stocktradersAI-demo). Both generations are live, so
both stay. A code that is not here is UNKNOWN.
The `status` of a delivery report is another set of numbers, in `reports`: there -11 is "no result yet".
"""

from collections.abc import Mapping
from typing import Final

from worker.domain.outcome import HaltScope, Outcome
from worker.providers.codes import Code

REJECTED, UNKNOWN, HALT = Outcome.REJECTED, Outcome.UNKNOWN, Outcome.HALT


KEYS: Final = "check LOA_FPT_CLIENT_ID and LOA_FPT_CLIENT_SECRET"
SCOPES: Final = "ask FPT for the scopes send_brandname_otp and send_brandname"
BRANDNAME: Final = "ask FPT whether the brandname is registered and active"
REFUSED_TWICE: Final = "a new token was refused too; ask FPT"
COUNTED: Final = "an earlier push was counted, or the quota is too small"

_REPEATED: Final = "Tin nhắn trùng trong 5p"
_LOCKED: Final = "Brandname chưa kích hoạt hoặc bị khóa"
_BLOCKED: Final = "Số điện thoại bị chặn"
_UNREGISTERED: Final = "Brandname chưa được đăng kí với nhà mạng"
_TOO_LONG: Final = "Độ dài tin nhắn vượt quá qui định của nhà mạng"
_TEMPLATE: Final = "Nội dung tin nhắn (template) chưa được đăng kí hoặc gửi sai so với template đã đăng kí"
_KEYWORD: Final = "Nội dung gửi có chứa từ khóa bị chặn"
_NO_NUMBER: Final = "Sai số điện thoại"

CODES: Final[Mapping[str, Code]] = {
    "1001": Code(REJECTED, "Request không hợp lệ", "manual, newer"),
    "1002": Code(HALT, "Client không được cấp phép truy cập", "manual, newer", KEYS),
    "1003": Code(HALT, "Truy cập bị từ chối", "manual"),
    "1004": Code(HALT, "Loại response yêu cầu không được hỗ trợ", "manual"),
    "1005": Code(HALT, "Các scope không hợp lệ", "manual, newer", SCOPES),
    # Neither says that the request was not taken before the server failed.
    "1006": Code(UNKNOWN, "Lỗi server", "manual, newer"),
    "1007": Code(UNKNOWN, "Server tạm thời không thể xử lý request từ client", "manual, newer"),
    "1008": Code(HALT, "Thông tin client không đúng", "manual, newer", KEYS),
    "1009": Code(HALT, "Loại hình cấp quyền không hợp lệ", "manual"),
    # Each kind has a scope of its own: send_brandname for ads, send_brandname_otp for single texts.
    "1010": Code(HALT, "Scope không đủ để truy cập API", "manual, newer", SCOPES, HaltScope.KIND),
    # Once answered with a new token and the same step again; what is seen outside is the second time.
    "1011": Code(HALT, "Access token không hợp lệ", "manual, newer", REFUSED_TWICE),
    "1012": Code(HALT, "Access token đã bị thay đổi", "manual", REFUSED_TWICE),
    "1013": Code(HALT, "Access token hết hạn", "manual, newer", REFUSED_TWICE),
    "1014": Code(REJECTED, "Các tham số truyền vào bị lỗi", "manual, newer"),
    "1015": Code(HALT, "Không hỗ trợ kiểu loại hình cấp quyền này", "manual, newer"),
    "1016": Code(HALT, "Số lượng tin nhắn gửi đã vượt hạn mức", "manual, newer", COUNTED),
    # The same message within five minutes: most likely an earlier call of ours was taken.
    "2501": Code(UNKNOWN, _REPEATED, "newer"),
    "1": Code(UNKNOWN, _REPEATED, "newer"),
    "2502": Code(HALT, "Hết hạn mức gửi tin", "newer"),
    "2503": Code(HALT, "Chưa cấu hình hạn mức gửi tin", "newer"),
    "2504": Code(HALT, _LOCKED, "newer", BRANDNAME, HaltScope.SENDER),
    "54": Code(HALT, _LOCKED, "newer", BRANDNAME, HaltScope.SENDER),
    "2505": Code(REJECTED, _BLOCKED, "newer"),
    "-11": Code(REJECTED, _BLOCKED, "newer"),
    # The sources swap these two.
    "2506": Code(UNKNOWN, "Lỗi service", "newer"),
    "2507": Code(UNKNOWN, "Lỗi không xác định", "newer"),
    "2513": Code(REJECTED, _UNREGISTERED, "newer, one client"),
    "2": Code(REJECTED, _UNREGISTERED, "newer"),
    "-8": Code(REJECTED, _UNREGISTERED, "newer"),
    "3": Code(UNKNOWN, "Lỗi service của nhà mạng", "newer"),
    "4": Code(REJECTED, _TOO_LONG, "newer"),
    "-14": Code(REJECTED, _TOO_LONG, "newer"),
    "901": Code(REJECTED, _TOO_LONG, "newer"),
    "5": Code(REJECTED, _TEMPLATE, "newer"),
    "-20": Code(REJECTED, _TEMPLATE, "newer"),
    "55": Code(REJECTED, _TEMPLATE, "newer"),
    "2518": Code(REJECTED, _TEMPLATE, "newer, one client"),
    "6": Code(REJECTED, _KEYWORD, "newer"),
    "-18": Code(REJECTED, _KEYWORD, "newer"),
    "2519": Code(REJECTED, _KEYWORD, "newer, one client"),
    "7": Code(REJECTED, "Nội dung chứa kí tự tiếng việt (Unicode) khi mã hóa", "newer"),
    "8": Code(REJECTED, "Không thể giải mã, tin gửi không được mã hóa", "newer"),
    "53": Code(REJECTED, _NO_NUMBER, "newer"),
    "-10": Code(REJECTED, _NO_NUMBER, "newer"),
    "902": Code(REJECTED, _NO_NUMBER, "newer"),
}

#: The step was refused for its token alone: with a new one it may be repeated, once.
TOKEN_REFUSED: Final = frozenset({"1011", "1012", "1013"})
#: The token does not allow this function.
LACKS_SCOPE: Final = "1010"

#: What lets a refused request for a token be made again: it sends nothing to phones.
TOKEN_LATER: Final = frozenset({"1006", "1007"})

PARAMETERS: Final = "1014"
#: A push that is larger than the room left.
NO_ROOM: Final = "1016"
#: Of a text to one number, within five minutes.
SEEN_BEFORE: Final = frozenset({"2501", "1"})
