"""What the command writes never commands the terminal."""

from worker.cli import console


def test_control_characters_are_written_as_escapes() -> None:
    odd = "LOA\x1b[2J\x07\x9b1m\u202e!"
    table = console.table("name")
    table.add_row(odd)
    with console.out.capture() as shown:
        console.answer(odd)
        console.out.print(table)
    with console.err.capture() as said:
        console.say(odd)
    for text in (shown.get(), said.get()):
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(text)
        assert "LOA\\x1b[2J\\x07\\x9b1m\\u202e!" in text
