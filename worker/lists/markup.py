"""How is a large XML part read as a stream? By expat, which calls back as it goes and keeps nothing."""

from collections.abc import Iterator
from typing import IO
from xml.parsers import expat

_BLOCK_BYTES = 1 << 18


def new_parser() -> expat.XMLParserType:
    """A parser that gives text in one piece and refuses entities, which no spreadsheet declares and bombs are made of."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.EntityDeclHandler = _refuse_entity
    return parser


def parse(parser: expat.XMLParserType, file: IO[bytes]) -> Iterator[int]:
    """Feed the file block by block, yielding the bytes read so far; raises expat.ExpatError, ValueError for entities."""
    done = 0
    while block := file.read(_BLOCK_BYTES):
        parser.Parse(block, False)
        done += len(block)
        yield done
    parser.Parse(b"", True)


def local(tag: str) -> str:
    """The tag without the prefix of its namespace (`x:row` -> `row`)."""
    return tag.rpartition(":")[2]


def _refuse_entity(*_: object) -> None:
    raise ValueError("the part declares entities")
