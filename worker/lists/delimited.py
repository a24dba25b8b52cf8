"""Reads the rows of a CSV or TXT file: any common delimiter, streamed."""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from itertools import chain
from pathlib import Path

from worker.errors import Refused
from worker.lists.encoding import encoding_of
from worker.lists.kind import HEAD_BYTES, refuse_other_texts
from worker.lists.source import ReadOptions, Row

#: The longest field. A longer one is a quotation mark that was never closed and swallows the rows after it.
LONGEST_FIELD = 100_000
#: As many columns as a spreadsheet has.
MOST_CELLS = 16_384
#: A record of more characters, over however many lines, is no row: it would be held in memory whole.
LONGEST_RECORD = 4 << 20
_PIECE = 1 << 16
# The csv module knows no limit of a single reader; its own default is of the same order (131,072).
csv.field_size_limit(LONGEST_FIELD)

#: The rarer a character is inside cells, the earlier it stands: of two equal candidates the first is taken.
DELIMITERS = ("\t", ";", "|", ",")
#: For a single column: a control character that no text has, so that a second number in the line stays in sight.
_NONE = "\x1f"
#: Excel's own first line, which it does not show as a row. What numbers and names are made of delimits nothing.
_SEP_LINE = re.compile(r'"?sep=([^\w"+\r\n])"?[ \t,;]*(?:\r\n|\r|\n)', re.IGNORECASE)
_QUOTED = re.compile(r'(^|[,;\t|])( *)"(?:[^"]|"")*"', re.MULTILINE)


class Delimited:
    """A text list; implements `Source`."""

    sheet = ""
    notes: Sequence[str] = ()
    hidden_columns: Sequence[Sequence[int]] = ()

    def __init__(self, path: Path, head: bytes, name: str, options: ReadOptions) -> None:
        self._path, self._name, self._options = path, name, options
        self._size = path.stat().st_size
        self._file: TextIOWrapper | None = None
        #: The last record that was complete.
        self._read = 0
        self.format = "txt" if path.suffix.lower() == ".txt" else "csv"
        self.encoding = encoding_of(path, head, name, options.encoding)
        with self._open() as text:
            sample = text.read(HEAD_BYTES)
        refuse_other_texts(sample[:1000].encode(), name)
        self._sep_line = _SEP_LINE.match(sample)
        self.delimiter = self._sep_line[1] if self._sep_line else delimiter_of(sample)

    def rows(self) -> Iterator[Row]:
        """All records; a blank line is one, the end of the last line is none, and one with line breaks in it is one."""
        ended = False

        def end() -> Iterator[str]:
            nonlocal ended
            ended = True
            yield from ()

        self._read = 0
        self.close()
        with self._open() as self._file:
            if self._sep_line:
                self._file.readline()
            lines: Iterator[str] = chain.from_iterable(self._pieces(self._file))
            if self.encoding == "cp1258":
                # windows-1258 writes tone marks as separate characters.
                lines = (unicodedata.normalize("NFC", line) for line in lines)
            reader = csv.reader(chain(lines, end()), delimiter=self.delimiter or _NONE, skipinitialspace=True)
            try:
                for number, cells in enumerate(reader, 1):
                    # A record that is complete is handed out before the reader asks for the next line.
                    if ended:
                        raise self._unclosed(number)
                    if len(cells) > MOST_CELLS:
                        raise Refused(
                            "file_too_many_cells",
                            f"{self._name}: row {number} has {len(cells):,} cells; a list has {MOST_CELLS:,} at most. "
                            "Keep the columns that the text needs.",
                            {"row": number},
                        )
                    self._read = number
                    yield number, cells
            except csv.Error as fault:
                raise self._unclosed(self._read + 1) from fault
            except UnicodeError as fault:
                raise Refused("file_broken", f"{self._name} was changed while it was read; try again.") from fault

    def _pieces(self, file: TextIOWrapper) -> Iterator[list[str]]:
        """The lines in pieces; Refused where a record is so long that it would fill the memory."""
        last = pending = 0
        while lines := file.readlines(_PIECE):
            last, pending = (self._read, 0) if self._read > last else (last, pending + 1)
            if pending * _PIECE > LONGEST_RECORD:
                raise self._unclosed(self._read + 1)
            yield lines

    def progress(self) -> float:
        if self._file is None:
            return 0.0
        return 1.0 if self._file.closed else min(1.0, self._bytes.tell() / self._size)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _open(self) -> TextIOWrapper:
        self._bytes = self._path.open("rb")
        return TextIOWrapper(self._bytes, encoding=self.encoding, newline="")

    def _unclosed(self, row: int) -> Refused:
        return Refused(
            "file_broken",
            f"{self._name}: a quotation mark opened in row {row} is never closed, or a cell of that row has more than "
            f"{LONGEST_FIELD:,} characters; correct that row.",
            {"row": row},
        )


def delimiter_of(sample: str) -> str:
    """The character that parts the cells, judged by the beginning of the text outside quotation marks; "" if none does.

    It stands in most lines, or in a heading without digits; of several the one in the first line, then the one whose
    count agrees in the most lines.
    """
    lines = [line for line in _QUOTED.sub(r"\1\2", sample).splitlines() if line.strip()]
    if len(sample) >= HEAD_BYTES and len(lines) > 1:
        lines.pop()  # cut off in its middle
    best, best_score = "", (False, 0.0)
    for candidate in DELIMITERS:
        counts = Counter(line.count(candidate) for line in lines if candidate in line)
        in_first = bool(lines) and candidate in lines[0]
        # Half of the lines are enough for one long line of numbers below a heading.
        enough = counts.total() * 2 >= len(lines) or (in_first and not re.search(r"\d", lines[0]))
        if counts and enough:
            score = (in_first, counts.most_common(1)[0][1] / len(lines))
            if score > best_score:
                best, best_score = candidate, score
    return best
