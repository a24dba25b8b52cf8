"""The error codes of FPT with its own words (manual 4; newer API)."""

WORDS = {
    "1001": "Request không hợp lệ.",
    "1002": "Client không được cấp phép truy cập.",
    "1003": "Truy cập bị từ chối.",
    "1004": "Loại response yêu cầu không được hỗ trợ.",
    "1005": "Các scope không hợp lệ",
    "1006": "Lỗi server.",
    "1007": "Server tạm thời không thể xử lý request từ client.",
    "1008": "Thông tin client không đúng.",
    "1009": "Loại hình cấp quyền không hợp lệ.",
    "1010": "Scope không đủ để truy cập API",
    "1011": "Access token không hợp lệ",
    "1012": "Access token đã bị thay đổi",
    "1013": "Access token hết hạn",
    "1014": "Các tham số truyền vào bị lỗi",
    "1015": "Không hỗ trợ kiểu loại hình cấp quyền này",
    "1016": "Số lượng tin nhắn gửi đã vượt hạn mức",
}
#: The newer codes come from a client's table, not from FPT, so their words are ours.
NEWER_WORDS = {
    "1": "Same message within 5 minutes",
    "53": "Wrong phone number",
    "2501": "Same message within 5 minutes",
    "2502": "Send quota used up",
    "2503": "Send quota not configured",
    "2504": "Brandname not active",
    "2505": "Phone blocked",
    "2506": "Unknown error",
    "2507": "Service error",
}
#: A fault of the server has a status of a fault of the server.
STATUSES = {"1006": 500, "1007": 503}
#: The parameters are wrong; and, as nobody documents another code for it, whatever else a campaign cannot have.
PARAMETERS = "1014"
OVER_QUOTA = "1016"


class Refusal(Exception):
    """FPT does not do what was asked; `why` is for whoever looks into the sandbox, FPT says `words` or those of the code."""

    def __init__(self, code: str, why: str, words: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.why = why
        self.words = words
