"""Every sentence of the console is there in both languages: pages, refusals, notes, states; and written as people write."""

import ast
import re
from collections import deque
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.console.messages import missing
from worker import config
from worker.console import browsers, notes, sentences
from worker.console.formats import Formats, phone_number
from worker.console.i18n import catalogue, preferred
from worker.console.note_patterns import NOTES
from worker.domain import chunk, phone
from worker.domain.advice import Advice, advice
from worker.domain.calendar import questionable
from worker.domain.outcome import HaltScope, Outcome
from worker.domain.plain import changes
from worker.domain.roles import Role
from worker.domain.states import BatchState, CampaignStatus, RecipientState
from worker.domain.text import clean
from worker.domain.window import read_moment
from worker.errors import Misuse, Refused
from worker.lists.open import open_list
from worker.providers import http
from worker.services.operations.api_keys import Scope
from worker.services.reconcile import results
from worker.services.reporting import refusals
from worker.services.sending import ad_policy, halts

ROOT = Path(__file__).parents[2]
VI, EN = catalogue("vi"), catalogue("en")


def rules() -> dict[str, str]:
    """Every rule that the services, the domain, the lists and the console refuse by, with the English of one sentence."""
    found: dict[str, str] = {}
    for room in ("domain", "services", "lists", "openid", "console"):
        for path in sorted((ROOT / "worker" / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "Refused" or not node.args:
                    continue
                codes = [one.value for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant)]
                said = (
                    " ".join(str(one.value) for one in ast.walk(node.args[1]) if isinstance(one, ast.Constant))
                    if len(node.args) > 1
                    else ""
                )
                found |= {str(code): said for code in codes if isinstance(code, str) and re.fullmatch(r"[a-z_]+", code)}
    return found


def test_every_page_is_said_in_vietnamese():
    assert missing("vi") == []


def test_every_refusal_is_said_in_vietnamese():
    assert [rule for rule in rules() if VI.of_code("rule", rule) is None] == []


def test_no_refusal_speaks_of_the_command_line_in_a_page():
    spoken = {rule for rule, said in rules().items() if re.search(r"--[a-z]|`loa ", said)}
    assert [rule for rule in sorted(spoken) if EN.of_code("rule", rule) is None] == []


def test_every_setting_is_described_in_vietnamese_and_none_that_is_gone():
    assert set(VI.context("setting")) == {sentence for _, sentence in config.variables().values()}


@pytest.mark.parametrize("words", [VI, EN], ids=["vi", "en"])
def test_every_code_has_a_word(words):
    wanted = {
        "status": [*CampaignStatus],
        "state": [*BatchState, *RecipientState],
        "role": [*Role],
        "role-says": [*Role],
        "scope": [*Scope],
        "outcome": [*Outcome],
        "difference": [*results.KINDS],
        "row": [*phone.Fault, *refusals.SENTENCES, *refusals.OF_VALUES],
        "advice": [*Advice],
        "note": [*NOTES] if words is VI else [],
        "rule": [code.partition("#")[0] for code in notes.REFUSALS] if words is VI else [],
        "misuse": [*notes.MISUSES] if words is VI else [],
    }
    assert {c: [code for code in codes if words.of_code(c, str(code)) is None] for c, codes in wanted.items()} == {
        c: [] for c in wanted
    }


def audited() -> tuple[set[str], set[str]]:
    """The acts of the audit log, and the names of what is told with them, as the services write both."""
    acts, names = (
        set(),
        {"name", "provider", "kind", "sender", "status", "valid", "list_name", "copied_from", "template_id"},
    )
    for path in sorted((ROOT / "worker/services").rglob("*.py")):
        source = path.read_text()
        if not re.search(r"audit\.record\(|login\.open_session\(", source):
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "record" and len(node.args) == 3:
                acts.add(ast.literal_eval(node.args[2]))
            given = node.value if isinstance(node, ast.Assign | ast.keyword) else None
            name = getattr(node.targets[0], "id", "") if isinstance(node, ast.Assign) else getattr(node, "arg", "")
            if isinstance(given, ast.Dict) and name in {"facts", "known"}:
                names |= {str(one.value) for one in given.keys if isinstance(one, ast.Constant)}
    return acts, names


@pytest.mark.parametrize("words", [VI, EN], ids=["vi", "en"])
def test_every_act_of_the_audit_log_and_what_is_told_with_it_has_words(words):
    acts, names = audited()
    assert {"user.totp_on", "suppress.undo", "campaign.resolve"} <= acts
    assert {"sessions_ended", "verdict", "masked", "address", "subject"} <= names
    assert [one for one in sorted(acts) if words.of_code("act", one) is None] == []
    told = {code.rpartition(":")[2] for code in words.context("fact")}
    assert sorted(names - told) == []


#: Where what is asked wrongly comes by a command, by HTTP, by Celery or from settings, and by no form of a page.
BY_OTHER_DOORS = {
    "domain/message.py",
    "domain/openid.py",
    "domain/opt_out.py",
    "domain/otp_code.py",
    "domain/webhook.py",
    "services/operations/incoming.py",
    "services/otp/intake.py",
    "services/otp/request.py",
    "services/planning/channels.py",
    "services/planning/enqueue.py",
    "services/planning/stored.py",
    "services/reporting/report.py",
    "services/webhooks/manage.py",
}
OTHERWISE = (
    r"--expires",  # no form has it
    r"There is no language",  # the buttons name them
    r"A campaign over Zalo has a template|A Zalo campaign has neither|A fallback follows a campaign over Zalo",
)


def asked_wrongly() -> list[str]:
    """The sentences of all that a form can ask wrongly, with a 7 for each value."""
    found = []
    for room in ("domain", "services", "lists", "openid"):
        for path in sorted((ROOT / "worker" / room).rglob("*.py")):
            if str(path.relative_to(ROOT / "worker")) in BY_OTHER_DOORS:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Misuse":
                    said = (
                        ast.unparse(node.args[0]) if isinstance(node.args[0], ast.Name) else with_sevens(node.args[0])
                    )
                    found.append(said)
    return [one for one in found if not re.match("|".join(OTHERWISE), one)]


def with_sevens(node: ast.expr) -> str:
    match node:
        case ast.Constant():
            return str(node.value)
        case ast.JoinedStr():
            return "".join(str(one.value) if isinstance(one, ast.Constant) else "7" for one in node.values)
        case _:
            raise AssertionError(ast.unparse(node))


def test_what_a_form_asks_wrongly_is_said_in_vietnamese():
    assert len(asked_wrongly()) > 25
    assert [one for one in asked_wrongly() if notes.misuse(VI, Formats("vi"), one) is None] == []


def test_both_catalogues_name_the_same_values_in_a_sentence():
    """A translation that asks for a value which the sentence has not would be left out."""
    values = re.compile(r"%\((\w+)\)s")
    for code, sentence in {**NOTES, **notes.MISUSES, **notes.REFUSALS}.items():
        for words in (VI, EN):
            for context in ("note", "misuse", "rule"):
                said = words.of_code(context, code)
                if said and (context != "rule" or code in notes.REFUSALS):
                    assert set(values.findall(said)) <= set(re.findall(r"\{(\w+)\}", sentence)) | {"labels"}, (
                        code,
                        said,
                    )


@pytest.mark.parametrize("words", [VI, EN], ids=["vi", "en"])
def test_no_note_leaves_a_value_in_braces(words):
    """A name in braces would be shown as it stands."""
    assert [code for code, said in words.context("note").items() if re.search(r"{\w+}", said)] == []


def test_every_pattern_is_that_of_a_sentence_which_a_service_still_says():
    """Whoever rewords a note finds here that its translation has to follow."""
    said = []
    for room in ("domain", "services", "lists", "providers", "storage"):
        for path in sorted((ROOT / "worker" / room).rglob("*.py")):
            said += [
                one.value
                for one in ast.walk(ast.parse(path.read_text()))
                if isinstance(one, ast.Constant) and isinstance(one.value, str)
            ]
    fragments = {
        code: max(re.split(r"\{+\w+\}+", sentence), key=len).strip(' .,;:({"')
        for code, sentence in {**NOTES, **notes.REFUSALS, **notes.MISUSES}.items()
    }
    composed = {
        *(
            "absent_no_key",
            "absent_known",
            "absent_had",
            "absent_too_old",
            "absent_repeated",
            "absent_elsewhere",
            "absent_again",
            "absent_cancelled",
        ),
        "ambiguous",
        "audience_gone",
        "line_ends",
        "spaces",
        "invisible",
        "written_plain",
        "hidden_rows",
        "halt_sender_listed",
        "of_campaign_failed",
        "of_campaign_unreached",
        "order_placed_now",
        "too_few_numbers_because",
        "of_campaign_all",
        "sender_unread",
        "sender_unread_because",
    }
    assert {code for code, fragment in fragments.items() if not any(fragment in one for one in said)} <= composed


def test_the_notes_of_a_cleaned_text_are_known():
    found = [*clean("e\u0302 a\r\nb\u00a0c\u200bd “x” ").notes, *(f"{one}." for one in changes("“x” – y"))]
    assert [sentence for sentence in found if notes.known(sentence) is None] == []
    assert len(found) >= 6


@pytest.mark.parametrize(
    ("sentence", "says"),
    [
        ("25 old 11-digit numbers were given their new prefix.", "25 số 11 chữ số cũ đã được đổi sang đầu số mới."),
        (
            "Ads may leave at 08:00-11:30,13:30-20:00 only: moved from now to 2026-03-02T13:30:00+07:00.",
            "Quảng cáo chỉ được gửi trong khung giờ 08:00-11:30,13:30-20:00: đã dời từ bây giờ sang 13:30 02/03/2026.",
        ),
        (
            "1234 numbers may or may not be with the provider; nothing is sent again before that is known",
            "1.234 số có thể đã hoặc chưa đến nhà cung cấp; không gửi lại khi chưa rõ",
        ),
        ("paused by an operator", "Có người đã tạm dừng"),
        (
            "Fibo: timed out; Fibo keeps no record of single orders: a person has to say what became of it",
            "Fibo: timed out; Fibo không giữ bản ghi của từng tin: cần một người xác nhận kết quả",
        ),
        (
            (
                "it does not stand in the provider's record, and it is too old to be repeated under its key: a person has to say"
                " what became of it"
            ),
            "Bản ghi của nhà cung cấp không có, nhưng đã quá lâu để gửi lại với mã cũ: cần một người xác nhận kết quả",
        ),
        (
            "it does not stand in the provider's record: it goes again under its key",
            "Bản ghi của nhà cung cấp không có: sẽ gửi lại với mã cũ",
        ),
        ("an operator said that it was not sent", "Người vận hành xác nhận: chưa gửi"),
        ("eSMS 103: Balance not enough", "eSMS 103: Balance not enough"),
        (
            "below_minimum: 12 numbers are left of 20 after suppression, and eSMS takes ads for 20 or more",
            "chỉ còn 12 trong 20 số sau khi bỏ các số không được nhận quảng cáo, mà eSMS chỉ nhận quảng cáo cho từ 20 số trở lên",
        ),
        (ad_policy.NOBODY_LEFT_WORDS, "đến lúc gửi thì không còn số nào được nhận quảng cáo"),
    ],
)
def test_a_stored_sentence_is_said_in_the_readers_language(sentence: str, says: str):
    assert (
        sentences.status_reason(VI, Formats("vi"), sentence) == says
        or sentences.note(VI, Formats("vi"), sentence) == says
    )


@pytest.mark.parametrize("scope", [*HaltScope])
@pytest.mark.parametrize("listed", ["", " (`loa provider senders esms` lists them)"], ids=["bare", "listed"])
def test_why_a_provider_paused_a_campaign_is_said_in_the_readers_language(scope: HaltScope, listed: str):
    way_out = halts.SENTENCES[scope].format(kind="ads", sender="LOA", title="eSMS", listed=listed)
    stored = f"eSMS 104: Brand name; code is not exist. {way_out}"
    said = sentences.status_reason(VI, Formats("vi"), stored)
    assert said.startswith("eSMS 104: Brand name; code is not exist. ")
    assert "Paused" not in said
    assert "`loa" not in said
    assert "`loa" not in sentences.status_reason(EN, Formats("en"), stored)


def test_days_that_are_computed_to_be_holidays_have_the_names_that_the_reader_knows():
    days = questionable(date(2027, 2, 5), date(2027, 2, 6))
    stored = (
        f"It is planned across days that are computed and not decided: {', '.join(map(str, days))}."
        " LOA_FPT_OPEN_DAYS and LOA_FPT_CLOSED_DAYS correct them."
    )
    assert "06/02/2027 (Tết Nguyên Đán, coi là ngày nghỉ)" in sentences.note(VI, Formats("vi"), stored)
    assert "6 Feb 2027 (Lunar New Year, taken as a day of rest)" in sentences.note(EN, Formats("en"), stored)


def test_a_call_without_a_whole_answer_is_said_in_the_readers_language():
    stored = [f"{words} (AnyError)" for words in http.WORDS.values()] + ["no whole answer within 8 s"]
    assert [one for one in stored if notes.known(one) is None] == []


def test_a_refusal_is_said_by_its_code_and_with_its_values():
    fault = Refused("ad_too_long", "The text has …", {"characters": 1500, "max_characters": 422, "position": 430})
    assert sentences.fault(VI, Formats("vi"), fault).startswith("Tin có 1.500 ký tự, nhiều hơn 422 ký tự")
    assert sentences.fault(EN, Formats("en"), fault) == "The text has …"
    assert sentences.fault(
        VI, Formats("vi"), Misuse("The sender is empty: name the brandname that subscribers see.")
    ) == ("Chưa chọn tên gửi mà người nhận nhìn thấy.")
    with pytest.raises(Misuse) as wrong:
        read_moment("mai")
    assert sentences.fault(VI, Formats("vi"), wrong.value) == "“mai” không phải ngày giờ hợp lệ."


@pytest.mark.parametrize(
    ("refuse", "says"),
    [
        (lambda: chunk.split(86, 30, 40), "Không chia được 86 số thành các lô từ 30 đến 40 số"),
        (lambda: chunk.split_unlike(86, 30, 40), "Không chia được 86 số thành các lô từ 30 đến 40 số"),
    ],
)
def test_a_refusal_that_was_stored_is_said_in_the_readers_language(refuse, says: str):
    with pytest.raises(Refused) as fault:
        refuse()
    assert sentences.stored_refusal(VI, Formats("vi"), str(fault.value)).startswith(says)


def test_what_shows_only_far_inside_a_list_is_said_in_the_readers_language(tmp_path: Path):
    """A list of which the head is good is refused by the worker that counts it, whose sentence is stored."""
    lines = [f"09000{n:05d},Lan" for n in range(5000)]
    broken = {
        "Tệp bị hỏng": [*lines, '0900000000,"Lan', *lines],
        "Hàng 5.002 có quá nhiều ô": [*lines, "0900000000" + "," * 40_000],
    }
    for says, written in broken.items():
        path = tmp_path / "a.csv"
        path.write_text("phone,name\n" + "\n".join(written) + ("\n" + "x" * 200 + ",") * 2000)
        with pytest.raises(Refused) as fault, open_list(path) as rows:
            deque(rows.rows(), maxlen=0)
        assert sentences.stored_refusal(VI, Formats("vi"), str(fault.value)).startswith(says), str(fault.value)


def test_a_value_that_a_sentence_wants_and_has_not_leaves_the_bare_one():
    assert sentences.fault(VI, Formats("vi"), Refused("too_few_numbers", "x", {})) == "Danh sách có quá ít số để gửi."
    assert (
        sentences.fault(VI, Formats("vi"), Refused("no_such_rule_at_all", "As the service said."))
        == "As the service said."
    )


def test_numbers_money_and_moments_are_written_as_people_do():
    vi, en = Formats("vi"), Formats("en")
    at = datetime(2026, 11, 30, 2, 5, 7, tzinfo=UTC)
    assert (vi.number(1234567), en.number(1234567)) == ("1.234.567", "1,234,567")
    assert (vi.money(Decimal("750000.4")), en.money(750000)) == ("750.000\xa0₫", "750,000\xa0VND")
    assert (vi.moment(at), en.moment(at)) == ("09:05 30/11/2026", "30 Nov 2026, 09:05")
    assert vi.with_day(at) == "09:05 Thứ Hai, 30/11/2026"
    # Over a column of a picture there is room for three digits.
    assert [vi.compact(n) for n in (999, 12_900, 148_350_000)] == ["999", "12,9\xa0N", "148\xa0Tr"]
    assert (vi.month(date(2026, 11, 1)), en.month(date(2026, 11, 1))) == ("tháng 11/2026", "November 2026")
    assert (vi.share(1, 3), en.share(1, 3), vi.share(0, 0)) == ("33,3%", "33.3%", "–")
    assert (vi.duration(7500), en.duration(59)) == ("2\xa0giờ 5\xa0phút", "59\xa0s")
    assert (vi.number(None), vi.money(None), vi.moment(None)) == ("–", "–", "–")


def test_a_number_is_shown_whole_or_with_its_middle_hidden():
    assert phone_number(84901234567, whole=True) == "0901\xa0234\xa0567"
    assert phone_number(84901234567, whole=False) == "090•\xa0•••\xa0•67"


def test_a_browser_says_which_language():
    assert preferred("") == "vi"
    assert preferred("en-US,en;q=0.9,vi;q=0.8") == "en"
    assert preferred("fr,vi;q=0.5") == "vi"


def test_advice_speaks_of_the_law_and_refuses_nothing():
    assert advice("[QC] Giam 20%. Tu choi: soan TC gui 8755", "ads") == []
    kinds = [kind for kind, _ in advice("[QC] Cửa hàng lớn nhất Việt Nam https://loa.example", "ads")]
    assert kinds == [Advice.NO_WAY_OUT, Advice.SUPERLATIVE, Advice.LINK, Advice.UNICODE]
    assert dict(advice("[QC] Cửa hàng lớn nhất Việt Nam. Hủy: soạn TC", "ads"))[Advice.SUPERLATIVE] == "lớn nhất"
    assert [kind for kind, _ in advice("Don hang cua ban", "care")] == []


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36",
            "Chrome, Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0", "Edge, Windows"),
        ("python-httpx/0.28", "python-httpx/0.28"),
        ("", "–"),
    ],
)
def test_a_browser_is_called_by_its_name(agent: str, said: str):
    assert browsers.name(agent) == said


def test_several_characters_and_where_they_stand_are_said_in_one_language():
    signs = "\u1ea3 (U+1EA3 LETTER) at position 3, \u00e1 (U+00E1 LETTER) at position 8"
    said = notes.translated(VI, Formats("vi"), f"A part holds 70 characters instead of 160, only because of {signs}.")
    assert "position" not in said
    assert "ở vị trí 3" in said
    assert "ở vị trí 8" in said
