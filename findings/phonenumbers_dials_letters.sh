#!/usr/bin/env bash
# phonenumbers: three letters O among the digits make a valid number, which belongs to somebody else.
#
# Versions: phonenumbers 9.0.43 (libphonenumber's Python port).
# You would expect: if a cell has the letter O instead of the digit 0, it is refused, or read as zeros.
# What happens: one or two letters are ignored, and the number is too short to be valid. With three letters or more, the cell
# counts as a number spelt in words, and each letter is dialled as on a keypad: O is 6. "0901OOO567" becomes +84901666567:
# possible, valid, and the mobile number of a stranger. In the same way "0901234 Nam", a number that lost its end before a name,
# becomes +84901234626.
# Why it matters: a one-time password goes to a phone that exists and is not the customer's. `is_valid_number` sees no error.
# Loa: a number with letters is no number (worker/domain/phone.py). tests/domain/test_phone.py has both cells. Loa gives
# phonenumbers only digits.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq --disable-pip-version-check phonenumbers==9.0.43

"$work/venv/bin/python" - <<'PYTHON'
import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

seen = {}
for cell in ("0901000567", "090100O567", "0901OOO567", "0901234 Nam"):
    number = phonenumbers.parse(cell, "VN")
    valid, mobile = phonenumbers.is_valid_number(number), phonenumbers.number_type(number) == PhoneNumberType.MOBILE
    seen[cell] = (phonenumbers.format_number(number, PhoneNumberFormat.E164), valid, mobile)
    print(f"{cell:12} -> {seen[cell][0]:14} valid: {valid!s:5} mobile: {mobile}")

assert seen["0901000567"] == ("+84901000567", True, True)
assert not seen["090100O567"][1], "one letter is seen"
assert seen["0901OOO567"] == ("+84901666567", True, True)
assert seen["0901234 Nam"] == ("+84901234626", True, True)
PYTHON
