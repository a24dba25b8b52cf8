#!/usr/bin/env bash
# openpyxl: a streamed sheet continues below the last row that a sheet can have, and a long text is cut. Both happen silently.
#
# Versions: openpyxl 3.1.5.
# You would expect: what does not fit is an error. `cell()` says so: "Row numbers must be between 1 and 1048576".
# What happens: `append()` of a streamed workbook (write_only=True) is the usual way to write a million rows. It writes row
# 1,048,577 and all that follow. A text of 40,000 characters is stored as its first 32,767. Both files are saved without an error
# or a warning.
# Why it matters: 1,048,576 is the last row of the format. In a report of 1.2 million numbers, the numbers after it have no row
# when the file is opened. The writer counted them all, and the end of the file is the last place where anybody looks.
# Loa: the report begins another sheet after 1,048,575 numbers (worker/services/reporting/report_xlsx.py).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq --disable-pip-version-check openpyxl==3.1.5

cd "$work"
venv/bin/python - <<'PYTHON'
import re
import warnings
import zipfile

from openpyxl import Workbook, load_workbook

LAST = 1_048_576
warnings.simplefilter("error")

try:
    Workbook().active.cell(row=LAST + 1, column=1, value=1)
    refused = ""
except ValueError as fault:
    refused = str(fault)
print(f"cell(): {refused}")

streamed = Workbook(write_only=True)
sheet = streamed.create_sheet()
for number in range(1, LAST + 4):
    sheet.append([number])
streamed.save("streamed.xlsx")
with zipfile.ZipFile("streamed.xlsx") as file:
    last = int(re.findall(rb'<row r="(\d+)"', file.read("xl/worksheets/sheet1.xml")[-500:])[-1])
print(f"append(): the last row in the file is {last:,}")

book = Workbook()
book.active["A1"] = "x" * 40_000
book.save("long.xlsx")
kept = len(load_workbook("long.xlsx").active["A1"].value)
print(f"a text of 40,000 characters: {kept:,} are in the file")

assert "1048576" in refused
assert last == LAST + 3
assert kept == 32_767
PYTHON
