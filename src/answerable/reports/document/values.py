"""reports.document.values: the closed word lists of a CyberTipline document, and its moments.

Source: NCMEC's reporting schema, as of November 2025. A word outside its list is refused there
with code 4100, so here it cannot be spelled at all.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from answerable.kernel.errors import insist
from answerable.kernel.time import DAY, MINUTE, Millis, from_datetime, to_datetime

_FIRST_MILLIS = -62_135_596_800_000  # 0001-01-01
_LAST_MILLIS = 253_402_300_799_999  # 9999-12-31
_ZONE_MINUTES_MAX = 14 * 60  # XML Schema allows no larger offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A moment with the zone in which it was told to us; `at` is milliseconds UTC since 1970."""

    at: Millis
    zone_minutes: int = 0

    def __post_init__(self) -> None:
        insist(abs(self.zone_minutes) <= _ZONE_MINUTES_MAX, "a zone is at most 14 hours from UTC")
        insist(
            _FIRST_MILLIS + DAY <= self.at <= _LAST_MILLIS - DAY, "a moment has a four-digit year"
        )

    def spelled(self) -> str:
        """XML Schema dateTime, always with its zone: `2026-11-24T12:15:00.123+02:00`."""
        local = to_datetime(self.at) + timedelta(minutes=self.zone_minutes)
        text = local.replace(tzinfo=None).isoformat(timespec="milliseconds")
        if self.zone_minutes == 0:
            return f"{text}Z"
        sign = "+" if self.zone_minutes > 0 else "-"
        hours, minutes = divmod(abs(self.zone_minutes), 60)
        return f"{text}{sign}{hours:02}:{minutes:02}"


def utc(at: Millis) -> Moment:
    """A moment told in UTC, as everything is that we measured ourselves."""
    return Moment(at=at)


def moment(when: datetime) -> Moment:
    """A moment in the zone in which it was told. Raises ValueError for a naive datetime."""
    offset = when.utcoffset() or timedelta()
    return Moment(at=from_datetime(when), zone_minutes=int(offset.total_seconds()) // 60)


def at_zone(at: Millis, *, offset_millis: int) -> Moment:
    """A moment told by a site in its own zone, `offset_millis` ahead of UTC."""
    return Moment(at=at, zone_minutes=offset_millis // MINUTE)


class Profile(StrEnum):
    """An edition of NCMEC's schema; the values are those of `ANSWERABLE_TIPLINE_PROFILE`.

    NEWER adds what has been documented since November 2025: the annotation `informational`, and
    `ageAssertionDiscrepancy` of a person and of an associated account. The place of the second is
    documented, its type (boolean) is our guess.
    """

    NOV_2025 = "2025-11"
    NEWER = "newer"


class IncidentType(StrEnum):
    """One per report; choose by the strongest fact and describe the rest."""

    CHILD_PORNOGRAPHY = "Child Pornography (possession, manufacture, and distribution)"
    CHILD_SEX_TRAFFICKING = "Child Sex Trafficking"
    CHILD_SEX_TOURISM = "Child Sex Tourism"
    CHILD_SEXUAL_MOLESTATION = "Child Sexual Molestation"
    MISLEADING_DOMAIN_NAME = "Misleading Domain Name"
    MISLEADING_WORDS_OR_IMAGES = "Misleading Words or Digital Images on the Internet"
    ONLINE_ENTICEMENT = "Online Enticement of Children for Sexual Acts"
    UNSOLICITED_OBSCENE_MATERIAL = "Unsolicited Obscene Material Sent to a Child"


class EventName(StrEnum):
    """What a person was doing at an address or a device."""

    LOGIN = "Login"
    REGISTRATION = "Registration"
    PURCHASE = "Purchase"
    UPLOAD = "Upload"
    OTHER = "Other"
    UNKNOWN = "Unknown"


class EmailType(StrEnum):
    HOME = "Home"
    WORK = "Work"
    BUSINESS = "Business"
    RECOVERY = "Recovery"


class PhoneType(StrEnum):
    MOBILE = "Mobile"
    HOME = "Home"
    BUSINESS = "Business"
    WORK = "Work"
    FAX = "Fax"
    INTERNET = "Internet"
    RECOVERY = "Recovery"


class AddressType(StrEnum):
    HOME = "Home"
    BUSINESS = "Business"
    BILLING = "Billing"
    SHIPPING = "Shipping"
    TECHNICAL = "Technical"


class AssociatedType(StrEnum):
    BILLING = "Billing"
    LINKED = "Linked"
    BUSINESS = "Business"
    CREATOR = "Creator"
    PARENT_OR_GUARDIAN = "Parent/Guardian"
    OTHER = "Other"


class FileRelevance(StrEnum):
    """REPORTED is the reason for the report; SUPPLEMENTAL is context."""

    REPORTED = "Reported"
    SUPPLEMENTAL = "Supplemental Reported"


class IndustryClassification(StrEnum):
    """Imagery only, for members of the industry's hash-sharing agreement."""

    A1 = "A1"
    A2 = "A2"
    B1 = "B1"
    B2 = "B2"


class DetailsType(StrEnum):
    EXIF = "EXIF"
    HASH = "HASH"


class BatchReason(StrEnum):
    VIRAL_POTENTIAL_MEME = "VIRAL_POTENTIAL_MEME"


_STATES = (
    "AK AL AR AZ CA CO CT DC DE FL GA GU HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE "
    "NH NJ NM NV NY OH OK OR PA PR RI SC SD TN TX UT VA VI VT WA WI WV WY"
)

STATES = frozenset(_STATES.split())
"""The 50 states, DC, GU, PR and VI; no military codes."""

_STATE_NAMES = (
    "AK Alaska|AL Alabama|AR Arkansas|AZ Arizona|CA California|CO Colorado|CT Connecticut|"
    "DC District of Columbia|DE Delaware|FL Florida|GA Georgia|GU Guam|HI Hawaii|IA Iowa|"
    "ID Idaho|IL Illinois|IN Indiana|KS Kansas|KY Kentucky|LA Louisiana|MA Massachusetts|"
    "MD Maryland|ME Maine|MI Michigan|MN Minnesota|MO Missouri|MS Mississippi|MT Montana|"
    "NC North Carolina|ND North Dakota|NE Nebraska|NH New Hampshire|NJ New Jersey|"
    "NM New Mexico|NV Nevada|NY New York|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|"
    "PR Puerto Rico|RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|"
    "UT Utah|VA Virginia|VI Virgin Islands|VT Vermont|WA Washington|WI Wisconsin|"
    "WV West Virginia|WY Wyoming"
)

STATE_OF = {
    name.lower(): code
    for code, _, name in (entry.partition(" ") for entry in _STATE_NAMES.split("|"))
}
"""The two letters of a state by its English name in lower case."""

_COUNTRIES = (
    "A1 A2 O1 AD AE AF AG AI AL AM AN AO AP AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL "
    "BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CX CW CY CZ DE "
    "DJ DK DM DO DZ EC EE EG EH ER ES ET EU FI FJ FK FM FO FR FX GA GB GD GE GF GG GH GI GL GM GN "
    "GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH "
    "KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO "
    "MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL "
    "PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV "
    "SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN "
    "VU WF WS XK YE YT ZA ZM ZW"
)

COUNTRIES = frozenset(_COUNTRIES.split())
"""ISO 3166 alpha-2 with the extra codes of an address-location list (A1, A2, O1, AP, EU, FX…)."""
