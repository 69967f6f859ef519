"""Where a section takes ads, and what its closing and opening mean for an ad. Pure.

A closure never speaks of an ad's words: it takes down whatever stands there, and gives back what is
down for that reason alone.
"""

import re
from dataclasses import replace

from answerable.ads.directives import Action, Screened, Standing
from answerable.kernel.errors import Refusal
from answerable.kernel.limits import SHORT_CHARS_MAX
from answerable.kernel.time import Millis

EVERYWHERE = ""
WORDS_CHARS_MAX = 2_000
_CODE = re.compile(r"([A-Z]{2})(?:-[A-Z0-9]{1,3})?")
COUNTRIES = frozenset(
    re.findall(
        "[A-Z]{2}",
        """
        AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ
        BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM
        DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS
        GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN
        KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ
        MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM
        PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV
        SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI
        VN VU WF WS YE YT ZA ZM ZW
        """,
    )
)
"""ISO 3166-1 alpha-2."""


def jurisdiction_code(said: str) -> str:
    """`US`, `US-CA`, or "" for `*`. Raises Refusal: a closure of `UK` would close nothing."""
    text = said.strip().upper()
    if text in ("", "*"):
        return EVERYWHERE
    match = _CODE.fullmatch(text)
    if match is None or match[1] not in COUNTRIES:
        raise Refusal(
            "a jurisdiction is an ISO 3166 code such as US or US-CA, or * for everywhere",
            jurisdiction=said[:SHORT_CHARS_MAX],
        )
    return text


def check_words(section: str, *words: str) -> None:
    """A closing or opening names its section and says in public why."""
    if not section.strip() or len(section) > SHORT_CHARS_MAX:
        raise Refusal("say which section, by its name")
    for said in words:
        if not said.strip():
            raise Refusal("a closed section has a name, a public notice and a reason")
        if len(said) > WORDS_CHARS_MAX or "\x00" in said:
            raise Refusal("say it shortly", chars_max=WORDS_CHARS_MAX)


def effective_at(said: Millis | None, now: Millis) -> tuple[Millis, bool]:
    """(from when it holds, is that still to come?). Nothing is closed for the past."""
    if said is None or said == now:
        return now, False
    if said < now:
        raise Refusal("a section closes now or later", effective=said, now=now)
    return said, True


def covers(closed: str, jurisdiction: str) -> bool:
    """Does a closure for `closed` hold for an ad of `jurisdiction`?"""
    return closed in (EVERYWHERE, jurisdiction) or jurisdiction.startswith(f"{closed}-")


def after_closing(now: Standing) -> tuple[Standing, Action | None]:
    """The section is closed for this ad: down, and marked so that opening gives it back."""
    if now.unavailable:
        return now, None
    after = replace(now, unavailable=True, back_when_open=now.visible)
    if not now.visible:
        return after, None
    return replace(after, last=Action.WITHHOLD), Action.WITHHOLD


def after_opening(now: Standing) -> tuple[Standing, Action | None, bool]:
    """The section is open again: (standing, directive, screen it?).

    What stood and is down for this alone is restored. What was refused for it has words that were
    never judged by their own: they are screened. What people or a rule hold stays as it is.
    """
    if not now.unavailable:
        return now, None, False
    after = replace(now, unavailable=False, back_when_open=False)
    if now.barred:
        return after, None, False
    if now.back_when_open and now.screened is not Screened.REFUSE:
        return replace(after, last=Action.RESTORE), Action.RESTORE, False
    return after, None, now.screened is Screened.REFUSE
