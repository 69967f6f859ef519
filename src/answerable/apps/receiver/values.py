"""receiver/values: what a single value may look like: lexical forms and closed lists, as data.

Written from the protocol as documented and as read off its November 2025 schema. Where XML engines
disagree (blanks round a dateTime, `1` for a flag) the stricter reading is taken.
"""

import calendar
import re
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import assert_never


class Profile(StrEnum):
    """Which edition of the documents is spoken."""

    NOV_2025 = "nov2025"
    NEWER = "newer"  # adds `informational` and `ageAssertionDiscrepancy`, documented since 2026


class Lexical(Enum):
    """The built-in forms the documents use; the value is the XML Schema name."""

    STRING = "xs:string"
    TOKEN = "xs:token"  # noqa: S105 (a form of text)
    BOOLEAN = "xs:boolean"
    INT = "xs:int"
    LONG = "xs:long"
    DOUBLE = "xs:double"
    DATE_TIME = "xs:dateTime"
    DATE = "xs:date"
    FLAG = "flag"  # present means true: empty, or exactly `true`


@dataclass(frozen=True, slots=True, kw_only=True)
class Simple:
    """One value's type. `allowed` is a closed list, `pattern` a whole-match expression."""

    name: str
    lexical: Lexical
    allowed: tuple[str, ...] = ()
    pattern: str = ""


STRING = Simple(name="string", lexical=Lexical.STRING)
TOKEN = Simple(name="token", lexical=Lexical.TOKEN)
BOOLEAN = Simple(name="boolean", lexical=Lexical.BOOLEAN)
INT = Simple(name="int", lexical=Lexical.INT)
LONG = Simple(name="long", lexical=Lexical.LONG)
DOUBLE = Simple(name="double", lexical=Lexical.DOUBLE)
DATE_TIME = Simple(name="dateTime", lexical=Lexical.DATE_TIME)
DATE = Simple(name="date", lexical=Lexical.DATE)
FLAG = Simple(name="flag", lexical=Lexical.FLAG)


def _one_of(name: str, *allowed: str) -> Simple:
    return Simple(name=name, lexical=Lexical.STRING, allowed=allowed)


INCIDENT_TYPE = _one_of(
    "incidentTypeName",
    "Child Pornography (possession, manufacture, and distribution)",
    "Child Sex Trafficking",
    "Child Sex Tourism",
    "Child Sexual Molestation",
    "Misleading Domain Name",
    "Misleading Words or Digital Images on the Internet",
    "Online Enticement of Children for Sexual Acts",
    "Unsolicited Obscene Material Sent to a Child",
)
BATCH_REASON = _one_of("batchReason", "VIRAL_POTENTIAL_MEME")
EVENT_NAME = _one_of(
    "eventNameName", "Login", "Registration", "Purchase", "Upload", "Other", "Unknown"
)
EMAIL_TYPE = _one_of("emailTypeName", "Home", "Work", "Business", "Recovery")
PHONE_TYPE = _one_of(
    "phoneTypeName", "Mobile", "Home", "Business", "Work", "Fax", "Internet", "Recovery"
)
ADDRESS_TYPE = _one_of("addressTypeName", "Home", "Business", "Billing", "Shipping", "Technical")
ACCOUNT_TYPE = _one_of(
    "accountTypeName", "Billing", "Linked", "Business", "Creator", "Parent/Guardian", "Other"
)
METADATA_TYPE = _one_of("metadataTypeName", "EXIF", "HASH")
FILE_RELEVANCE = _one_of("fileRelevanceName", "Reported", "Supplemental Reported")
CLASSIFICATION = _one_of("classificationName", "A1", "A2", "B1", "B2")
CALLING_CODE = Simple(name="callingCode", lexical=Lexical.STRING, pattern=r"\+[0-9]{1,3}")
EXTENSION = Simple(name="phoneExtensionDigits", lexical=Lexical.STRING, pattern=r"[0-9]+")

_STATES = (
    "AK AL AR AZ CA CO CT DC DE FL GA GU HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC "
    "ND NE NH NJ NM NV NY OH OK OR PA PR RI SC SD TN TX UT VA VI VT WA WI WV WY"
)
STATE = _one_of(
    "stateCode",
    "",
    *_STATES.split(),
)
# ISO 3166 alpha-2 with the extra and retired codes of an IP-location list (A1, A2, O1, AP, EU…).
_COUNTRIES = (
    "A1 A2 O1 AD AE AF AG AI AL AM AN AO AP AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI "
    "BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CX "
    "CW CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET EU FI FJ FK FM FO FR FX GA GB GD GE GF "
    "GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS "
    "IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC "
    "MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO "
    "NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD "
    "SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR "
    "TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW"
)
COUNTRY = _one_of(
    "countryCodeName",
    "",
    *_COUNTRIES.split(),
)

BLANKS = " \t\r\n"
INT_MAX, LONG_MAX = 2**31 - 1, 2**63 - 1
_INTEGER = re.compile(r"[+-]?[0-9]+")
_DOUBLE = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|-?INF|NaN")
_DAY = r"(?P<year>-?([1-9][0-9]{4,9}|[0-9]{4}))-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
_ZONE = r"(?P<zone>Z|[+-](?P<zh>[0-9]{2}):(?P<zm>[0-9]{2}))?"
_TIME = r"(?P<h>[0-9]{2}):(?P<m>[0-9]{2}):(?P<s>[0-9]{2})(\.(?P<f>[0-9]+))?"
_DATE = re.compile(_DAY + _ZONE)
_DATE_TIME = re.compile(f"{_DAY}T{_TIME}{_ZONE}")


def why_not(text: str, simple: Simple) -> str | None:
    """Why `text` is no value of this type; None when it is one."""
    if not _has_form(text, simple.lexical):
        return f"{_quoted(text)} is not a valid {simple.lexical.value.removeprefix('xs:')}"
    if simple.allowed and text not in simple.allowed:
        return f"{_quoted(text)} is not one of the {len(simple.allowed)} values allowed here"
    if simple.pattern and not re.fullmatch(simple.pattern, text):
        return f"{_quoted(text)} does not have the form {simple.pattern}"
    return None


def has_zone(date_time: str) -> bool:
    """Whether a valid dateTime names its zone."""
    found = _DATE_TIME.fullmatch(date_time)
    return found is not None and found["zone"] is not None


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:60] + "…")


def _has_form(text: str, lexical: Lexical) -> bool:
    match lexical:
        case Lexical.STRING | Lexical.TOKEN:
            return True
        case Lexical.FLAG:
            return text in ("", "true")
        case Lexical.BOOLEAN:
            return text.strip(BLANKS) in ("true", "false", "1", "0")
        case Lexical.INT:
            return _is_whole(text.strip(BLANKS), INT_MAX)
        case Lexical.LONG:
            return _is_whole(text.strip(BLANKS), LONG_MAX)
        case Lexical.DOUBLE:
            return _DOUBLE.fullmatch(text.strip(BLANKS)) is not None
        case Lexical.DATE:
            return _is_date(_DATE.fullmatch(text))
        case Lexical.DATE_TIME:
            return _is_date_time(_DATE_TIME.fullmatch(text))
        case unknown:
            assert_never(unknown)


def _is_whole(text: str, highest: int) -> bool:
    if len(text) > 40 or not _INTEGER.fullmatch(text):  # bounds the conversion
        return False
    return -highest - 1 <= int(text) <= highest


def _is_date(found: re.Match[str] | None) -> bool:
    if found is None or int(found["year"]) == 0 or not 1 <= int(found["month"]) <= 12:
        return False
    year, month, day = abs(int(found["year"])), int(found["month"]), int(found["day"])
    days = 29 if month == 2 and calendar.isleap(year) else calendar.monthrange(2001, month)[1]
    return 1 <= day <= days and _is_zone(found)


def _is_date_time(found: re.Match[str] | None) -> bool:
    if found is None or not _is_date(found):
        return False
    hour, minute, second = int(found["h"]), int(found["m"]), int(found["s"])
    if hour == 24:  # the end of the day, and nothing after it
        return minute == second == 0 and int(found["f"] or "0") == 0
    return hour < 24 and minute < 60 and second < 60


def _is_zone(found: re.Match[str]) -> bool:
    if found["zh"] is None:
        return True
    hours, minutes = int(found["zh"]), int(found["zm"])
    return minutes < 60 and hours * 60 + minutes <= 14 * 60
