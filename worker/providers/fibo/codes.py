"""The codes of Fibo: what each means after a send, and when the account is asked.

Sources: "page" is the table of the API pages (section 2.3, "Bảng thông tin lỗi"), "support" the longer copy of it at
support.fibo.vn (smsSendMT), "guide" the API guide v2.0 of 2009. Both generations are live: an account gets the one or
the other, and nothing in an answer says which. They do not contradict each other, so one table holds both; a code that
is not here is UNKNOWN.
"""

from collections.abc import Mapping
from typing import Final

from worker.domain.outcome import HaltScope, Outcome
from worker.providers.codes import Code

ACCEPTED, REJECTED, UNKNOWN, HALT = Outcome.ACCEPTED, Outcome.REJECTED, Outcome.UNKNOWN, Outcome.HALT


KEYS: Final = "check LOA_FIBO_CLIENT_NO and LOA_FIBO_CLIENT_PASS"
SENDER: Final = "ask Fibo whether the sender is registered for this account"
EVIDENCE: Final = "evidence of an earlier acceptance: the same text went to the same number before"
MAYBE: Final = "the gateway may have the text all the same"

#: The content was sent before. The page's "Lập nội dung" is a slip for "Lặp nội dung", repeated content (support).
REPEATED: Final = "6"

CODES: Final[Mapping[str, Code]] = {
    # Documented for CheckClient and for another system with the same table, never for a send.
    "0": Code(UNKNOWN, "success of another function", "guide", "no document says it of a send"),
    "1": Code(ACCEPTED, "Thành công", "page, support"),
    "2": Code(UNKNOWN, "Lỗi hệ thống", "page, support", MAYBE),
    "3": Code(HALT, "Sai user hoặc mật khẩu", "page, support", KEYS),
    "4": Code(HALT, "IP không được phép", "page, support", "ask Fibo to let this machine's address in"),
    "5": Code(HALT, "Chưa khai báo brandname/dịch vụ", "page, support", SENDER, HaltScope.SENDER),
    REPEATED: Code(UNKNOWN, "Lặp nội dung", "page, support", EVIDENCE),
    "7": Code(REJECTED, "Thuê bao từ chối nhận tin", "page, support"),
    # Between codes that speak of the number and of the text; as a fault of the account it fails nobody.
    "8": Code(HALT, "Không được phép gửi tin", "page, support"),
    "9": Code(REJECTED, "Chưa khai báo template", "page, support"),
    "10": Code(REJECTED, "Định dạng thuê bao không đúng", "page, support"),
    "11": Code(REJECTED, "Có tham số không hợp lệ", "page, support"),
    "12": Code(HALT, "Tài khoản không đúng", "page, support", KEYS),
    "13": Code(UNKNOWN, "Gửi tin: lỗi kết nối", "page, support", MAYBE),
    "14": Code(HALT, "Tài khoản không đủ (tiền)", "page, support"),
    "15": Code(HALT, "Tài khoản hết hạn", "page, support"),
    "16": Code(HALT, "Hết hạn dịch vụ", "page, support"),
    "17": Code(HALT, "Hết hạn mức gửi test", "page, support"),
    "18": Code(REJECTED, "Hủy gửi tin (CSKH)", "page, support"),
    "19": Code(REJECTED, "Hủy gửi tin (KD)", "page, support"),
    "20": Code(REJECTED, "Gateway chưa hỗ trợ Unicode", "page, support"),
    "21": Code(HALT, "Chưa set giá trả trước", "page, support"),
    "22": Code(HALT, "Tài khoản chưa kích hoạt", "page, support"),
    "23": Code(REJECTED, "Sai cú pháp tin nhắn", "page, support"),
    "24": Code(UNKNOWN, "Thủ tục xử lý bị lỗi", "page, support", MAYBE),
    "25": Code(HALT, "Chưa khai báo partner cho user", "page, support"),
    "26": Code(HALT, "Chưa khai báo GateOwner cho user", "page, support"),
    "27": Code(UNKNOWN, "Gửi tin: gate trả mã lỗi", "page, support", MAYBE),
    "28": Code(REJECTED, "Hủy gửi tin", "page, support"),
    "29": Code(HALT, "TopUpUserId not declared", "support"),
    # Neither says whether the text went out: a refund comes after an order, a converted number may be sent to.
    "30": Code(UNKNOWN, "refund", "support"),
    "31": Code(UNKNOWN, "11-digit number converted", "support"),
    # The opposite of eSMS's 100: here it is the wrong password.
    "100": Code(HALT, "Please check your account!", "guide", KEYS),
    "101": Code(REJECTED, "bad phone number", "guide"),
    "102": Code(HALT, "balance is zero or the account has expired", "guide"),
    # The service of a brandname: every text of ours asks for the same type, which other senders have.
    "103": Code(HALT, "wrong service type", "guide", SENDER, HaltScope.SENDER),
    "104": Code(HALT, "more SMS than the balance holds", "guide"),
    "200": Code(ACCEPTED, "Sending...", "page, guide"),
    # Free text beside it says anything; the guide tells neither what was done before it.
    "202": Code(UNKNOWN, "error", "guide"),
    "301": Code(UNKNOWN, "no SMS", "guide"),
}

#: Codes under which a question about the account is answered: those of success, and CheckClient's 0.
ANSWERED: Final = frozenset({"0", "1", "200"})
