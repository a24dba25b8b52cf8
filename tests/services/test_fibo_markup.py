"""A text that Fibo's web server takes for markup was certainly not taken, and is warned of when it is planned."""


def test_such_texts_are_rejected_and_not_unknown(loa, numbers):
    made = loa.create(numbers(30), provider="fibo", kind="care", text="Chao <Ten khach hang>, cam on ban")
    assert any("Fibo" in note and "<" in note for note in made.notes)
    loa.go()
    assert loa.counts(made) == {"rejected": 30}
    assert loa.sandbox.orders() == []
    assert "leave that out" in loa.show(made).batches[0].provider_message


def test_other_texts_have_no_such_note(loa, numbers):
    made = loa.create(numbers(3), provider="fibo", kind="care", text="Gia < 500k, cam on ban & hen gap lai")
    assert not any("web server" in note for note in made.notes)
    loa.go()
    assert loa.counts(made) == {"accepted": 3}
