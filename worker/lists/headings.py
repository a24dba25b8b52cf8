"""The words in a heading: whether they speak of phone numbers, of something else, or of neither.

Headings are recognised by the words inside them, with or without accents, in Vietnamese and English, as spreadsheets, shop
systems and contact books write them (`SĐT người nhận`, `Phone 1 - Value`, `billing_phone`, `Số ĐT KH`).
"""

import re
import unicodedata
from enum import IntEnum
from functools import lru_cache
from itertools import pairwise

from worker.lists.source import UNSEEN, Cell


class Speaks(IntEnum):
    """How surely a heading names the column of the numbers."""

    #: Of ids, dates, money, accounts: what stands there only looks like a number.
    OF_OTHER = 0
    OF_NOTHING = 1
    #: `Recipient`, `Liên hệ`, `Zalo`: it may, if the column holds numbers.
    PERHAPS = 2
    OF_PHONES = 3


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _pairs(text: str) -> frozenset[str]:
    return frozenset(text.split("|"))


#: Words that mean a phone number wherever they stand.
_PHONE = _words(
    "phone phones telephone telephones mobile mobiles cell cellphone cellular tel msisdn smartphone handphone "
    "sdt sodt dt dtdd dtlh dth didong sodidong dienthoai sodienthoai thuebao sothuebao subscriber hotline fone "
    "mob mobno gsm mobil movil celular telefono telefonos telefon telefone telefoon telefonnummer mobilnummer handynummer"
)
#: In writings without blanks between their words.
_IN_OTHER_WRITINGS = (
    "手机",
    "手機",
    "电话",
    "電話",
    "携帯",
    "전화",
    "휴대폰",
    "핸드폰",
    "โทร",
    "телефон",
    "ទូរស័ព្ទ",
    "ໂທລະສັບ",
)
#: The same as two words.
_PHONE_PAIRS = _pairs(
    "dien thoai|di dong|so dt|thue bao|so lien|so may|so zalo|contact no|contact number|contact num|so phone|so tel"
    "|hot line|d thoai|d t|so fone|ph no|ph number|whatsapp no|whatsapp number|zalo number"
)
#: One word that has swallowed its neighbours: `sdtnguoinhan`, `customerphone`, `phoneno`.
_BEGINS = (
    "sdt",
    "sodt",
    "dienthoai",
    "sodienthoai",
    "didong",
    "phone",
    "mobile",
    "msisdn",
    "telephone",
    "cellphone",
    "telno",
    "dtkh",
)
_ENDS = ("phone", "mobile", "sdt", "dienthoai", "telephone", "contactnumber", "contactno")
_NO_PHONES = _words("headphone headphones microphone microphones earphone earphones saxophone")
_PERHAPS = _words("recipient recipients receiver contact contacts zalo viber whatsapp telegram number numbers sim")
_PERHAPS_PAIRS = _pairs("nguoi nhan|lien he|lien lac|whats app")
#: `DT` without its stroke means revenue and area too.
_ALSO_DT = _words("doanh thu tich")
#: A phone word beside one of these speaks of the device, the line's kind or its carrier.
_ABOUT_PHONES = _words(
    "type label model carrier brand verified loai mang extension ext app os plan network country imei serial seri"
)
_ABOUT_PAIRS = _pairs(
    "nha mang|ma vung|trang thai|ghi chu|country code|area code|phone status|phone id|number id|phone code|ma dien|ma sdt|ma dt"
)
_OTHER = _words(
    "id ids ma mst thue tax order orders don invoice bill account stk code codes barcode serial imei cccd cmnd cmt passport "
    "ngay date time timestamp created updated unix tien amount price gia tong total doanh quantity qty stt index tracking "
    "card the contract ref reference transaction zip postal postcode sku age tuoi nam year points diem balance no "
    "tk iban swift bhxh bhyt bhtn dkkd gpkd gplx mssv msnv seri sn uid uuid guid bsx cif fax po token hash "
    "policy member membership student roll registration seat serial part case ticket flight booking room license licence "
    "employee staff batch lot meter vat vin"
)
_OTHER_PAIRS = _pairs(
    "tai khoan|hoa don|van don|hop dong|giao dich|so luong|so the|so tien|so nha|so hd|so ho|ho so|bao danh|so phieu|chung tu"
    "|so lo|so so|so bien|bien lai|to khai|so phong|so ghe|so du|so xe|bien so|so khung|so hieu|can cuoc|dinh danh|chung minh"
    "|giay to|ho chieu|so kien|cong to|danh bo|so lan|so gio|so ky|so ngay|so buoi|so bh|house number"
)

#: What stands in the lower row of a heading, below a name that spans several columns; folded.
BELOW_OTHERS = _words(
    "ho ten hoten hovaten hodem hovatendem dem tendem tengoi biethieu bo me cha con ongba ong ba vo chong tencon tenbo tenme "
    "phuhuynh ngay thang nam ngaysinh sinh gioitinh diachi so sonha duong thon phuong xa quan huyen tinh tp thanhpho nha coquan "
    "lop khoi ma loai nhom hang hangthe email ghichu khac chinh phu name first last middle firstname lastname fullname "
    "father mother parent home work main other street city district ward state country group class code note notes type date "
    "day month year birthday gender address codinh"
)

_BLANKS = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")
_WORD = re.compile(r"[a-z]+|\d+")
#: A value that stands in for nothing of a person: longer cells are sentences, and no headings.
LONGEST: int = 60


def clean_name(cell: Cell) -> str:
    """A heading as people see it: NFC, and any run of blanks, line breaks and invisible characters one space."""
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", "" if cell is None else str(cell))).strip(UNSEEN)


def folded(cell: Cell) -> str:
    """A heading without case, accents, spaces and punctuation: `Số điện thoại` -> `sodienthoai`."""
    return "".join(character for character in plain(str(cell or "")) if character.isalnum())


@lru_cache(4096)
def speaks(cell: str) -> Speaks:
    """How surely this heading names the column of the numbers."""
    name = clean_name(cell)
    if not name or len(name) > LONGEST:
        return Speaks.OF_NOTHING
    known, pairs = _known(name)
    phone = has_phone_word(name)
    about = _ABOUT_PHONES if "đt" in name.casefold() else _ABOUT_PHONES | _ALSO_DT
    if phone and not (known & about or pairs & _ABOUT_PAIRS):
        # `Tel/Fax` holds either.
        return Speaks.PERHAPS if "fax" in known else Speaks.OF_PHONES
    if phone or known & _OTHER or pairs & _OTHER_PAIRS:
        return Speaks.OF_OTHER
    return Speaks.PERHAPS if known & _PERHAPS or pairs & _PERHAPS_PAIRS else Speaks.OF_NOTHING


def has_phone_word(name: str) -> bool:
    """Whether a heading has such a word, whatever else it speaks of."""
    known, pairs = _known(name)
    one_word = any(map(_holds_phone, known)) or _holds_phone(folded(name))
    return bool(known & _PHONE or pairs & _PHONE_PAIRS) or one_word or any(one in name for one in _IN_OTHER_WRITINGS)


def _known(name: str) -> tuple[set[str], set[str]]:
    """The words of a heading, and each with the one behind it."""
    words = _WORD.findall(plain(_parted(name)))
    return set(words), {f"{one} {other}" for one, other in pairwise(words)}


def _holds_phone(word: str) -> bool:
    return word not in _NO_PHONES and (word.startswith(_BEGINS) or word.endswith(_ENDS))


def _parted(name: str) -> str:
    """`billingPhone2` as three words, and `WhatsApp` as one."""
    name = re.sub("whatsapp", "whatsapp", name, flags=re.IGNORECASE)
    joints = (
        " " + new if (old.islower() and new.isupper()) or (old.isalpha() and new.isdigit()) else new
        for old, new in pairwise(f" {name}")
    )
    return "".join(joints)


def plain(text: str) -> str:
    """In lower case and without accents."""
    folded = unicodedata.normalize("NFKD", text).casefold().replace("đ", "d")
    return "".join(character for character in folded if not unicodedata.combining(character))
