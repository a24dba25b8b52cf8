"""The codes of eSMS: one table for advertising orders, and one a family where some mean something else.

Sources: "manual" is the PDF manual (its sections as named), "web" the newer pages on developers.esms.vn (table of error
codes, the function's own page). Both generations are live, so both stay. A code that is not here is UNKNOWN.
"""

from collections.abc import Mapping
from typing import Final

from worker.domain.delivery import Stage
from worker.domain.outcome import HaltScope, Outcome
from worker.providers.codes import Code

ACCEPTED, RETRY, REJECTED, UNKNOWN, HALT = (
    Outcome.ACCEPTED,
    Outcome.RETRY,
    Outcome.REJECTED,
    Outcome.UNKNOWN,
    Outcome.HALT,
)


MORE_NUMBERS: Final = "raise LOA_ESMS_MIN_AD_RECIPIENTS to the number that eSMS asks for"
FEWER_NUMBERS: Final = "lower LOA_ESMS_MAX_BATCH"
KEYS: Final = "check LOA_ESMS_API_KEY and LOA_ESMS_SECRET_KEY"
OF_SENDER, OF_TEMPLATE, OF_KIND = HaltScope.SENDER, HaltScope.TEMPLATE, HaltScope.KIND

#: "TPS exceeded".
TOO_FAST: Final = frozenset({"160"})

CODES: Final[Mapping[str, Code]] = {
    # The web says "number blocked", the manual "unknown error, try again later": they disagree, so nothing is sure.
    "99": Code(UNKNOWN, "Lỗi không xác định; in newer documents: a number is blocked on the system", "manual, web"),
    "100": Code(ACCEPTED, "Request đã được nhận và xử lý thành công", "manual, web"),
    "101": Code(HALT, "Sai ApiKey hoặc SecretKey", "manual, web", KEYS),
    "102": Code(HALT, "Tài khoản đã bị khóa; in newer documents: no price list", "manual, web"),
    "103": Code(HALT, "Tài khoản không đủ tiền", "manual, web"),
    "104": Code(HALT, "Brandname không tồn tại hoặc đã bị hủy", "manual, web", scope=OF_SENDER),
    "107": Code(REJECTED, "Each request has at least 30 numbers to be approved", "web", MORE_NUMBERS),
    "108": Code(REJECTED, "phone format wrong", "web"),
    "118": Code(HALT, "Loại tin nhắn không hợp lệ", "manual, web", scope=OF_KIND),
    "119": Code(REJECTED, "Brandname quảng cáo phải gửi ít nhất 20 số điện thoại", "manual", MORE_NUMBERS),
    "120": Code(REJECTED, "phone list over the limit", "web", FEWER_NUMBERS),
    # It proves that this RequestId was seen, not that the order was taken: a refused RequestId may be remembered too.
    "124": Code(UNKNOWN, "Request exist 1", "web"),
    "131": Code(REJECTED, "Tin nhắn brandname quảng cáo độ dài tối đa 422 kí tự", "manual"),
    "132": Code(HALT, "Không có quyền gửi tin nhắn đầu số cố định 8755", "manual", scope=OF_KIND),
    "140": Code(HALT, "sender IP not whitelisted", "web"),
    "143": Code(HALT, "account not activated or locked", "web"),
    "145": Code(REJECTED, "Sai template mạng xã hội", "manual"),
    # It carries an SMSID, and is a refusal all the same.
    "146": Code(REJECTED, "Sai template Brandname CSKH", "manual, web"),
    "159": Code(REJECTED, "RequestId quá 120 ký tự", "manual"),
    "160": Code(RETRY, "TPS exceeded", "web"),
    "163": Code(REJECTED, "more than 1 phone per request", "web"),
    "177": Code(REJECTED, "Brandname không có hướng", "manual, web"),
    "201": Code(REJECTED, "content has a blocked keyword", "web"),
    "300": Code(REJECTED, "missing message type", "web"),
}

#: What the newest table says of single numbers (web, 2026-02): LOA_ESMS_CODE_99=blocked takes it at its word.
BLOCKED: Final = "99"
NUMBER_BLOCKED: Final = Code(REJECTED, "Số điện thoại bị chặn trên hệ thống", "web")

#: Codes of functions that Loa does not call; said in words, should one come where it is not expected.
ELSEWHERE: Final[Mapping[str, str]] = {
    "117": "the code is not valid (check of a code)",
    "171": "Mã đã được sử dụng, mã hết hạn hoặc mã không áp dụng cho số điện thoại cần check",
    "199": "Yêu cầu này đã tồn tại, đang xử lý (registrations)",
    "301": "Mã của loại dịch vụ chưa hỗ trợ (registration of a template)",
}

#: One text to one number by SendMultipleMessage_V4 (manual II.2): what speaks of lists cannot be said of it.
MESSAGE_CODES: Final[Mapping[str, Code]] = {
    **{code: row for code, row in CODES.items() if code not in {"107", "119", "120", "131"}},
    "107": Code(REJECTED, "Tạo tin không thành công", "web, care by POST TEXT"),
}

#: Zalo, Viber and multichannel (manual IV.1 to IV.3, web table): templates and official accounts have codes of their own.
OTT_CODES: Final[Mapping[str, Code]] = {
    **MESSAGE_CODES,
    "110": Code(REJECTED, "Dữ liệu yêu cầu không đúng", "web"),
    "115": Code(REJECTED, "hashphone data wrong", "web"),
    "119": Code(REJECTED, "Sai TempID", "manual IV.1"),
    "204": Code(HALT, "OAID không tồn tại trên hệ thống", "web", scope=OF_TEMPLATE),
    "210": Code(REJECTED, "Không đúng payload theo quy định", "web"),
    "687": Code(REJECTED, "Danh sách yêu cầu vượt quá 500 số điện thoại", "web"),
    "789": Code(HALT, "Template chưa được cấu hình cho OA ID bạn đang sử dụng", "web", scope=OF_TEMPLATE),
    "790": Code(HALT, "Sai template ZNS", "web", scope=OF_TEMPLATE),
    "791": Code(HALT, "Thiếu OA ID hoặc Template ID", "web", scope=OF_TEMPLATE),
    "799": Code(HALT, "OAID không active - OAID Sai - OAID chưa được add vào tài khoản", "web", scope=OF_TEMPLATE),
    "801": Code(HALT, "over-quota mode may not be scheduled", "web", scope=OF_TEMPLATE),
    "802": Code(HALT, "the official account may not use over-quota mode", "web", scope=OF_TEMPLATE),
    "852": Code(REJECTED, "Zalo UID Invalid", "web, Zalo by user id"),
    "853": Code(REJECTED, "Missing ZaloUid", "web, Zalo by user id"),
}

#: Calls (manual III.2 to III.4): template, variables and recording are what the order named, not our account.
VOICE_CODES: Final[Mapping[str, Code]] = {
    **{code: CODES[code] for code in ("99", "100", "101", "103", "108", "124", "140", "143", "159", "160")},
    "102": Code(HALT, "Chưa có bảng giá", "manual III.2, web"),
    "104": Code(REJECTED, "Mẫu cuộc gọi không tồn tại", "manual III.2, web"),
    "105": Code(REJECTED, "Danh sách biến của mẫu tin không hợp lệ", "manual III.2"),
    "106": Code(REJECTED, "File ghi âm không tồn tại", "manual III.3, web"),
    "107": Code(REJECTED, "Sai số điện thoại", "manual III.4"),
}

#: Questions about an order, a number or our account (manual II.1, II.3, II.4, II.6).
REPORT_CODES: Final[Mapping[str, Code]] = {
    **{code: CODES[code] for code in ("99", "100", "101", "102", "103", "104", "140", "143", "160")},
    "105": Code(UNKNOWN, "Id không tồn tại trong hệ thống", "manual II.4, web"),
}

#: CheckCodeGen (web): its own page has 117 for a code that is used or over, the table 171.
CHECK_CODES: Final[Mapping[str, Code]] = {
    **REPORT_CODES,
    "117": Code(REJECTED, "Code Invalid", "web, check of a code"),
    "171": Code(REJECTED, "Mã đã được sử dụng, mã hết hạn hoặc mã không áp dụng cho số điện thoại cần check", "web"),
}

#: Questions about Zalo (web): 851 and 854 of the status functions.
ZALO_INFO_CODES: Final[Mapping[str, Code]] = {
    **REPORT_CODES,
    "204": OTT_CODES["204"],
    "851": Code(REJECTED, "Thiếu MessageId hoặc SMSID", "web"),
    "854": Code(UNKNOWN, "Không tìm thấy dữ liệu", "web"),
}

#: GetZnsTemplateInfo, which writes its code as Error, 0 for success (web).
TEMPLATE_INFO_CODES: Final[Mapping[str, Code]] = {**REPORT_CODES, "0": Code(ACCEPTED, "Success", "web")}

#: GetSmsSentData (manual II.5).
SENT_DATA_CODES: Final[Mapping[str, Code]] = {
    **REPORT_CODES,
    "140": Code(UNKNOWN, "Thời gian không hợp lệ; in newer documents: sender IP not whitelisted", "manual II.5, web"),
}

#: GetSendStatus of a call (manual III.1).
CALL_STATUS_CODES: Final[Mapping[str, Code]] = {
    **REPORT_CODES,
    "105": Code(UNKNOWN, "Không tìm thấy cuộc gọi", "manual III.1, web"),
}

#: "Request exist": a call with this RequestId is known, though not what became of it.
SEEN_BEFORE: Final = frozenset({"124"})

#: Under which names a code is written: sends and receivers, order status and balance, some Zalo functions.
CODE_NAMES: Final = ("coderesult", "coderesponse", "code")

#: "Id không tồn tại trong hệ thống" (manual II.4); newer pages add: a status cannot be read right after sending.
NOT_FOUND_CODE: Final = "105"

#: SendStatus of an order: 1 to 6 in the manual, 0 and 7 on the newer pages. 5 says that it left, not that it arrived.
STAGES: Final[Mapping[str, Stage]] = {
    "0": Stage.PENDING,  # draft
    "1": Stage.PENDING,  # Đang chờ duyệt: people review every advertising order
    "2": Stage.PENDING,  # Đang chờ gửi
    "3": Stage.PENDING,  # Đang gửi
    "4": Stage.REFUSED,  # Bị từ chối
    "5": Stage.SENT,  # Đã gửi xong
    "6": Stage.REFUSED,  # Đã bị xóa
    "7": Stage.SENT,  # sent, waiting for the report
}
