"""Laws of contact extraction: it never fails, places are exact, the cheap look misses nothing."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from answerable.screening.contacts import find_contacts
from answerable.screening.matcher import Matcher
from answerable.screening.model import ContactKind, Kind, Rule
from answerable.screening.views import fold

ANY = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=120)
PIECES = st.sampled_from(
    [
        "202-555-0123", "two zero two", "five fifty five", "oh one", "2o2", "tw0", "double five",
        "(at)", " at ", " dot ", "@", ".", ",", "com", "example", ".org", "jane", "jane_doe22",
        "insta", "1nst@gram", "telegram: ", "snap ", "$", "$janedoe", "cash app ", "venmo ",
        "https://", "www.", "/path", "wa.me/12025550123", "&#64;", "&period;", "j a n e", "\n",
        " ", " ", "-", "1", "55", "0123", "+44 20 7946 0958", "isbn ", "order no. ", "call ", "kg",
        "80x60 cm", "2023-10-15", "\u200b", "é", "٢", "①", "📧", "家", "\x00", "#1234", "u/",
    ]
)  # fmt: skip
TEXTS = st.one_of(ANY, st.lists(PIECES, max_size=12).map("".join))
MATCHER = Matcher(
    (
        Rule(
            id="one", title="t", meaning="m", evidence="e", kind=Kind.SIGNAL, author="a",
            reviewed=date(2026, 11, 1), words=("bluelantern",),
        ),
    )
)  # fmt: skip


@given(raw=TEXTS, region=st.sampled_from(["US", "GB", "ES", "MX"]))
def test_nothing_makes_it_fail_and_places_are_exact(raw: str, region: str) -> None:
    last = 0
    for one in find_contacts(fold(raw), "body", region):
        assert last <= one.start < one.end <= len(raw)
        last = one.end
        assert one.value
        if one.kind is ContactKind.PHONE:
            assert one.value[0] == "+"
            assert one.value[1:].isdigit()
            assert 8 <= len(one.value) - 1 <= 15
        if one.kind is ContactKind.EMAIL:
            assert one.value.count("@") == 1
            assert one.value == one.value.lower()


@given(raw=TEXTS)
def test_the_cheap_look_misses_nothing(raw: str) -> None:
    view = fold(raw)
    _, glimpse = MATCHER.find(view)
    assert find_contacts(view, "body", "US", glimpse) == find_contacts(view, "body", "US")


WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SPANISH = ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve")
CIRCLED = "⓪①②③④⑤⑥⑦⑧⑨"
WIDE = "０１２３４５６７８９"
ARABIC = "٠١٢٣٤٥٦٧٨٩"


@st.composite
def disguised_phones(draw: st.DrawFn) -> tuple[str, str, str]:
    """Text before, a 555-01xx number in disguise, and its E.164 value."""
    area = draw(st.sampled_from(["202", "617", "415", "312", "213"]))
    digits = area + "55501" + f"{draw(st.integers(0, 99)):02d}"
    styles = ["words", "spanish", "circled", "wide", "arabic", "keycap", "mixed"]
    style = draw(st.sampled_from(styles))
    sep = draw(st.sampled_from(["", " ", "-", ".", " - ", "*", " • ", "\u200b"]))
    out = []
    for digit in digits:
        at = int(digit)
        spelled = {
            "words": WORDS[at], "spanish": SPANISH[at], "circled": CIRCLED[at], "wide": WIDE[at],
            "arabic": ARABIC[at], "keycap": digit + "\ufe0f\u20e3",
            "mixed": draw(st.sampled_from([digit, WORDS[at]])),
        }[style]  # fmt: skip
        out.append(spelled)
    before = draw(st.sampled_from(["", "call ", "City bike, like new, text ", "家 "]))
    return before, sep.join(out), "+1" + digits


@given(phone=disguised_phones(), after=st.sampled_from(["", " thanks", ", city bike", "\nParked"]))
def test_a_disguised_phone_is_read_where_it_stands(phone: tuple[str, str, str], after: str) -> None:
    before, written, value = phone
    raw = before + written + after
    found = list(find_contacts(fold(raw), "body", "US"))
    assert [one.value for one in found] == [value]
    assert raw[found[0].start : found[0].end] == written


@given(
    local=st.from_regex(r"[a-z]{3,8}[._]?[a-z0-9]{2,6}", fullmatch=True),
    host=st.sampled_from(["example.com", "example.org", "example.net", "shop.example.com"]),
    at=st.sampled_from(["@", " (at) ", "[at]", " at ", " arroba ", "&#64;", " @ "]),
    dot=st.sampled_from([".", " (dot) ", "[dot]", " dot ", " punto "]),
)
def test_a_disguised_mail_address_is_read_where_it_stands(
    local: str, host: str, at: str, dot: str
) -> None:
    written = local + at + host.replace(".", dot)
    if at == " at " and dot == ".":
        return  # "flat at example.com" is a place; only words around it can tell
    raw = f"City bike, mail {written} , thanks"
    found = find_contacts(fold(raw), "body", "US")
    assert [(one.kind, one.value) for one in found] == [(ContactKind.EMAIL, f"{local}@{host}")]
    assert raw[found[0].start : found[0].end] == written
