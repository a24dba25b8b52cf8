"""The error codes of eSMS with its own words (manual II; web, table of error codes)."""

WORDS = {
    "99": "Lỗi không xác định, thử lại sau",
    "100": "success",
    "101": "Authorize Failed",
    "102": "Tài khoản đã bị khóa",
    "103": "Tài khoản không đủ tiền",
    "104": "Brand name code is not exist",
    "105": "Id không tồn tại trong hệ thống",
    "107": "Each request has at least {min_recipients} numbers to be approved",
    "108": "Số điện thoại không đúng định dạng",
    "110": "Dữ liệu request không đúng",
    "117": "Code Invalid",
    "118": "Loại tin nhắn không hợp lệ",
    "119": "Brandname quảng cáo phải gửi ít nhất {min_recipients} số điện thoại",
    "120": "Danh sách số điện thoại vượt quá giới hạn {max_recipients}",
    "124": "Request exist 1",
    "131": "Tin nhắn brandname quảng cáo độ dài tối đa {units} kí tự",
    "132": "Không có quyền gửi tin nhắn đầu số cố định 8755",
    "140": "Thời gian không hợp lệ",
    "143": "Tài khoản chưa kích hoạt hoặc đã bị khóa",
    "145": "Sai template mạng xã hội",
    "146": "Sai template Brandname CSKH",
    "159": "RequestId quá {length} ký tự",
    "163": "Chỉ được gửi 1 số điện thoại trong 1 request",
    "171": "Mã đã được sử dụng, mã hết hạn hoặc mã không áp dụng cho số điện thoại cần check",
    "177": "The Network Viettel have not registry.",
    "201": "Nội dung chứa từ khóa bị chặn",
    "204": "OAID không tồn tại trên hệ thống",
    "300": "Thiếu loại tin nhắn",
    "687": "Danh sách yêu cầu vượt quá 500 số điện thoại",
    "789": "TemplateId is not config",
    "791": "Thiếu OAID hoặc TemplateId",
    "851": "Thiếu MessageId hoặc SMSID",
    "854": "Không tìm thấy dữ liệu",
    "799": "OA chưa được kích hoạt hoặc không đúng",
}
#: Where the functions of voice mean something else by a code (manual III).
VOICE_WORDS = {
    "102": "Chưa có bảng giá",
    "103": "Số dư tài khoản không đủ",
    "104": "Template not found",
    "105": "Danh sách biến của mẫu tin không hợp lệ",
    "106": "File ghi âm không tồn tại",
    "107": "Sai số điện thoại",
}
#: The same of Zalo and of the channels in turn (manual IV.1).
ZALO_WORDS = {"104": "Brandname không tồn tại hoặc đã bị hủy", "119": "Sai TempID"}


class Refusal(Exception):
    """eSMS does not do what was asked; `code` is its code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Unreadable(Exception):
    """The body is not what the documents describe; eSMS answers without a code."""
