"""The words of ownership: closed lists of BODS 0.4, exact share ranges, records. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import NewType

from answerable.kernel.errors import insist

RecordId = NewType("RecordId", str)
"""The publisher's name for one entity, person or relationship, over all its statements."""

StatementId = NewType("StatementId", str)

BODS_VERSION = "0.4"
FILE_BYTES_MAX = 5 * 1024 * 1024  # a whole group of companies is under 1 MiB
STATEMENTS_MAX = 10_000
NAME_CHARS_MAX = 500
TEXT_CHARS_MAX = 5_000
FAULTS_SHOWN_MAX = 200  # whoever has more than this mends those first

NOTHING, WHOLE, HALF = Fraction(0), Fraction(1), Fraction(1, 2)


class RecordType(StrEnum):
    ENTITY = "entity"
    PERSON = "person"
    RELATIONSHIP = "relationship"


class RecordStatus(StrEnum):
    NEW = "new"
    UPDATED = "updated"
    CLOSED = "closed"


class EntityType(StrEnum):
    REGISTERED_ENTITY = "registeredEntity"
    LEGAL_ENTITY = "legalEntity"
    ARRANGEMENT = "arrangement"
    ANONYMOUS_ENTITY = "anonymousEntity"
    UNKNOWN_ENTITY = "unknownEntity"
    STATE = "state"
    STATE_BODY = "stateBody"


class EntitySubtype(StrEnum):
    GOVERNMENT_DEPARTMENT = "governmentDepartment"
    STATE_AGENCY = "stateAgency"
    OTHER = "other"
    TRUST = "trust"
    NOMINATION = "nomination"


class PersonType(StrEnum):
    ANONYMOUS = "anonymousPerson"
    UNKNOWN = "unknownPerson"
    KNOWN = "knownPerson"


class InterestType(StrEnum):
    """The 23 codes of BODS 0.4."""

    SHAREHOLDING = "shareholding"
    VOTING_RIGHTS = "votingRights"
    APPOINTMENT_OF_BOARD = "appointmentOfBoard"
    OTHER_INFLUENCE_OR_CONTROL = "otherInfluenceOrControl"
    SENIOR_MANAGING_OFFICIAL = "seniorManagingOfficial"
    SETTLOR = "settlor"
    TRUSTEE = "trustee"
    PROTECTOR = "protector"
    BENEFICIARY_OF_LEGAL_ARRANGEMENT = "beneficiaryOfLegalArrangement"
    RIGHTS_TO_SURPLUS_ASSETS_ON_DISSOLUTION = "rightsToSurplusAssetsOnDissolution"
    RIGHTS_TO_PROFIT_OR_INCOME = "rightsToProfitOrIncome"
    RIGHTS_GRANTED_BY_CONTRACT = "rightsGrantedByContract"
    CONDITIONAL_RIGHTS_GRANTED_BY_CONTRACT = "conditionalRightsGrantedByContract"
    CONTROL_VIA_COMPANY_RULES_OR_ARTICLES = "controlViaCompanyRulesOrArticles"
    CONTROL_BY_LEGAL_FRAMEWORK = "controlByLegalFramework"
    BOARD_MEMBER = "boardMember"
    BOARD_CHAIR = "boardChair"
    UNKNOWN_INTEREST = "unknownInterest"
    UNPUBLISHED_INTEREST = "unpublishedInterest"
    ENJOYMENT_AND_USE_OF_ASSETS = "enjoymentAndUseOfAssets"
    RIGHT_TO_PROFIT_OR_INCOME_FROM_ASSETS = "rightToProfitOrIncomeFromAssets"
    NOMINEE = "nominee"
    NOMINATOR = "nominator"


class Directness(StrEnum):
    DIRECT = "direct"
    INDIRECT = "indirect"
    UNKNOWN = "unknown"


class MissingReason(StrEnum):
    """Why a person or entity is not named, as the publisher states it."""

    NO_BENEFICIAL_OWNERS = "noBeneficialOwners"
    SUBJECT_UNABLE = "subjectUnableToConfirmOrIdentifyBeneficialOwner"
    PARTY_HAS_NOT_PROVIDED = "interestedPartyHasNotProvidedInformation"
    SUBJECT_EXEMPT = "subjectExemptFromDisclosure"
    PARTY_EXEMPT = "interestedPartyExemptFromDisclosure"
    UNKNOWN = "unknown"
    UNKNOWN_TO_PUBLISHER = "informationUnknownToPublisher"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A part of a whole, between two exact bounds, each reached or not. 1 is 100 %."""

    low: Fraction
    high: Fraction
    low_open: bool = False
    high_open: bool = False

    def __post_init__(self) -> None:
        insist(NOTHING <= self.low <= self.high <= WHOLE, "a span lies between 0 and 1")
        insist(self.low < self.high or not (self.low_open or self.high_open), "a span is not empty")

    def surely(self, threshold: Fraction) -> bool:
        """Whether it is at least `threshold`, whatever it really is."""
        return self.low >= threshold

    def perhaps(self, threshold: Fraction) -> bool:
        """Whether it may be at least `threshold`."""
        return self.high > threshold or (self.high == threshold and not self.high_open)

    def surely_over_half(self) -> bool:
        return self.low > HALF or (self.low == HALF and self.low_open)

    def perhaps_over_half(self) -> bool:
        return self.high > HALF

    def times(self, other: "Span") -> "Span":
        """A share of a share. A bound is reached where both are, or where one is zero."""
        low, high = self.low * other.low, self.high * other.high
        zero_reached = (self.low == 0 and not self.low_open) or (
            other.low == 0 and not other.low_open
        )
        return _span(
            low,
            high,
            low_open=(self.low_open or other.low_open) and not zero_reached,
            high_open=(self.high_open or other.high_open) and high > 0,
        )

    def plus(self, other: "Span") -> "Span":
        """Two shares of one whole together; never more than the whole."""
        low, high = self.low + other.low, self.high + other.high
        return _span(
            min(low, WHOLE),
            min(high, WHOLE),
            low_open=(self.low_open or other.low_open) and low < WHOLE,
            high_open=(self.high_open or other.high_open) and high <= WHOLE,
        )

    def meets(self, other: "Span") -> "Span | None":
        """What both allow, or None where they contradict each other."""
        low, low_open = max((self.low, self.low_open), (other.low, other.low_open))
        high, closed = min((self.high, not self.high_open), (other.high, not other.high_open))
        if low > high or (low == high and (low_open or not closed)):
            return None
        return Span(low=low, high=high, low_open=low_open, high_open=not closed)

    def exact(self) -> str:
        """`3/10`, or `1/4..1/2`, with `>` and `<` at bounds that are not reached."""
        if self.low == self.high:
            return str(self.low)
        mark_low, mark_high = ">" * self.low_open, "<" * self.high_open
        return f"{mark_low}{self.low}..{mark_high}{self.high}"

    def percent(self) -> str:
        """`30 %`, `25 % to 50 %`, `over 25 % and under 50 %`; two places, rounded outward."""
        if self.low == self.high:
            return f"{_decimal(self.low)} %"
        if self.low == NOTHING and self.high == WHOLE and not (self.low_open or self.high_open):
            return "not stated"
        low = f"{'over ' * self.low_open}{_decimal(self.low, up=False)} %"
        high = f"{'under ' * self.high_open}{_decimal(self.high, up=True)} %"
        return f"{low} {'and' if self.low_open or self.high_open else 'to'} {high}"


def _span(low: Fraction, high: Fraction, *, low_open: bool, high_open: bool) -> Span:
    point = low == high
    return Span(
        low=low, high=high, low_open=low_open and not point, high_open=high_open and not point
    )


def _decimal(part: Fraction, *, up: bool | None = None) -> str:
    """Per cent with at most two places; rounded as asked, and marked `about` where it must be."""
    hundredths = part * 10_000
    whole = int(hundredths)
    inexact = hundredths != whole
    if inexact and up:
        whole += 1
    text = f"{whole // 100}.{whole % 100:02d}".rstrip("0").rstrip(".")
    return f"about {text}" if inexact and up is None else text


def spot(part: Fraction) -> Span:
    """The span of one exact share."""
    return Span(low=part, high=part)


ANY_SHARE = Span(low=NOTHING, high=WHOLE)
NO_SHARE = spot(NOTHING)
ALL_OF_IT = spot(WHOLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A person or entity that is not named, and the stated reason."""

    reason: MissingReason
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    name: str
    type: EntityType
    subtype: EntitySubtype | None
    listed: bool
    missing: Missing | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A natural person: the name alone. Birth dates and addresses never leave the file."""

    name: str
    type: PersonType
    missing: Missing | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest:
    """One way of owning or controlling. `type` None: the file does not say which."""

    type: InterestType | None
    directness: Directness | None
    beneficial: bool | None
    share: Span | None
    start: date | None
    end: date | None
    details: str

    def in_force(self, on: date) -> bool:
        """From its start day on; from its end day no more."""
        return (self.start is None or self.start <= on) and (self.end is None or on < self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """`party` has `interests` in `subject`. `Missing` where the file gives only a reason."""

    subject: RecordId | Missing
    party: RecordId | Missing
    interests: tuple[Interest, ...]
    components: tuple[RecordId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What was claimed on one day about one record. `index`: place in the file, from 0."""

    index: int
    id: StatementId
    record: RecordId
    status: RecordStatus
    declared: str
    """The statement's date, or date and time, as the file spells it."""
    moment: tuple[int, int]
    """The same, to sort by: day number and second of the day, UTC."""
    about: RecordId
    """The declaration's subject: whose ownership this statement helps to tell."""
    component: bool
    publisher: str
    published: str
    details: Entity | Person | Relationship


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipFile:
    """A file without faults, in the file's order."""

    statements: tuple[Statement, ...]

    def subjects(self) -> tuple[RecordId, ...]:
        """Whose ownership the file tells, in order of first mention."""
        return tuple(dict.fromkeys(statement.about for statement in self.statements))

    def as_of(self, on: date) -> Mapping[RecordId, Statement]:
        """The last statement of each record made by the end of that day; closed ones left out."""
        last: dict[RecordId, Statement] = {}
        day = on.toordinal()
        for statement in sorted(self.statements, key=lambda s: (s.moment, s.index)):
            if statement.moment[0] <= day:
                last[statement.record] = statement
        return {
            record: statement
            for record, statement in last.items()
            if statement.status is not RecordStatus.CLOSED
        }
