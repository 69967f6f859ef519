"""The shape of a BODS 0.4 statement at our door: every field, its type, its bound.

Field names, code lists and requirements are those of the published 0.4 schema. Stricter than it,
because the file is our own site's: unknown fields are refused (a misspelt `interests` would hide
an owner), `recordStatus` and `publicationDetails` must be there, and who is known has a name.
Beyond bods.py nobody sees these classes.
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    StrictBool,
    StringConstraints,
    Tag,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from answerable.ownership.model import (
    BODS_VERSION,
    NAME_CHARS_MAX,
    TEXT_CHARS_MAX,
    EntitySubtype,
    EntityType,
    InterestType,
    MissingReason,
    PersonType,
    RecordStatus,
    Span,
)

A_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
A_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})?")
A_MONTH = re.compile(r"\d{4}(-(0[1-9]|1[0-2]))?")
A_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
DECIMALS_MAX = 12  # of a percentage; finer is a slip, and huge exponents are an attack
LIST_MAX = 1_000

MEMBER, MISSING = "member", "missing"  # tags that never reach a fault's path


class Amiss(PydanticCustomError):
    """A fault in our own words."""

    def __new__(cls, reason: str) -> Self:
        return super().__new__(cls, "amiss", "{reason}", {"reason": reason})


def moment_of(text: str) -> tuple[int, int]:
    """(day number, second of the day) in UTC; a day alone is its first second."""
    try:
        if A_DAY.fullmatch(text):
            return date.fromisoformat(text).toordinal(), 0
        if A_MOMENT.fullmatch(text):
            at = datetime.fromisoformat(text)
            at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
            return at.toordinal(), at.hour * 3600 + at.minute * 60 + at.second
    except (ValueError, OverflowError):
        pass
    raise Amiss("is no day (YYYY-MM-DD) and no time (YYYY-MM-DDTHH:MM:SSZ)")


def _day(value: object) -> date:
    if isinstance(value, str) and A_DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise Amiss("is no day (YYYY-MM-DD)")


def _moment(text: str) -> str:
    moment_of(text)
    return text


def _rough_day(text: str) -> str:
    if not A_MONTH.fullmatch(text):
        _day(text)
    return text


def _uri(text: str) -> str:
    if not A_URI.fullmatch(text):
        raise Amiss("is no URI")
    return text


def _percentage(value: object) -> Fraction:
    """A number from 0 to 100, exactly, as a part of 1. Never through a float."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Amiss("is no number")
    number = Decimal(value)
    if not number.is_finite() or not 0 <= number <= 100:
        raise Amiss("a share is from 0 to 100")
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -DECIMALS_MAX:
        raise Amiss(f"more than {DECIMALS_MAX} decimal places")
    return Fraction(number) / 100


_SEEN = r"[^\s\x00-\x1f\x7f]"  # an identifier is printed on a page: it has no hidden ends
Identifier = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=200, pattern=rf"^{_SEEN}([^\x00-\x1f\x7f]*{_SEEN})?$"
    ),
]
Name = Annotated[str, StringConstraints(min_length=1, max_length=NAME_CHARS_MAX)]
Text = Annotated[str, StringConstraints(max_length=TEXT_CHARS_MAX)]
Day = Annotated[date, PlainValidator(_day)]
Moment = Annotated[str, AfterValidator(_moment)]
RoughDay = Annotated[str, AfterValidator(_rough_day)]
Uri = Annotated[Text, AfterValidator(_uri)]
Percentage = Annotated[Fraction, PlainValidator(_percentage)]


class Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, frozen=True)


class MissingWire(Wire):
    reason: MissingReason
    description: Text = ""


def _kind_of_reference(value: object) -> str:
    return MEMBER if isinstance(value, str) else MISSING


Reference = Annotated[
    Annotated[Identifier, Tag(MEMBER)] | Annotated[MissingWire, Tag(MISSING)],
    Discriminator(_kind_of_reference),
]


# Things told about a record


class CountryWire(Wire):
    name: Name
    code: Annotated[str, StringConstraints(min_length=2, max_length=2)] | None = None


class JurisdictionWire(Wire):
    name: Name
    code: Annotated[str, StringConstraints(min_length=2, max_length=6)] | None = None


class AddressWire(Wire):
    type: (
        Literal["placeOfBirth", "residence", "registered", "service", "alternative", "business"]
        | None
    ) = None
    address: Text = ""
    post_code: Text = ""
    country: CountryWire | None = None


class IdentifierWire(Wire):
    id: Text = ""
    scheme: Text | None = None
    scheme_name: Text | None = None
    uri: Uri | None = None

    @model_validator(mode="after")
    def _of_some_scheme(self) -> Self:
        if self.scheme is None and self.scheme_name is None:
            raise Amiss("an identifier names its scheme")
        return self


class AgentWire(Wire):
    name: Text = ""
    uri: Uri | None = None


class SourceWire(Wire):
    type: list[
        Literal["selfDeclaration", "officialRegister", "thirdParty", "primaryResearch", "verified"]
    ] = Field(default=[], max_length=LIST_MAX)
    description: Text = ""
    url: Uri | None = None
    retrieved_at: Moment | None = None
    asserted_by: list[AgentWire] = Field(default=[], max_length=LIST_MAX)


class AnnotationWire(Wire):
    statement_pointer_target: Text
    motivation: Literal["commenting", "correcting", "identifying", "linking", "transformation"]
    creation_date: Moment | None = None
    created_by: AgentWire | None = None
    description: Text = ""
    transformed_content: Text = ""
    url: Uri | None = None

    @model_validator(mode="after")
    def _says_what_it_links(self) -> Self:
        if self.motivation == "linking" and self.url is None:
            raise Amiss("an annotation that links has a url")
        if self.motivation != "transformation" and self.transformed_content:
            raise Amiss("only a transformation has transformedContent")
        return self


class PublisherWire(Wire):
    name: Name | None = None
    url: Uri | None = None

    @model_validator(mode="after")
    def _is_somebody(self) -> Self:
        if self.name is None and self.url is None:
            raise Amiss("a publisher has a name or a url")
        return self


def _version(text: str) -> str:
    if text != BODS_VERSION:
        raise Amiss(f"is not {BODS_VERSION}, the one version read here")
    return text


class PublicationWire(Wire):
    publication_date: Moment
    bods_version: Annotated[str, AfterValidator(_version)]
    publisher: PublisherWire
    license: Uri | None = None


# The three kinds of record


class EntityTypeWire(Wire):
    type: EntityType
    subtype: EntitySubtype | None = None
    details: Text = ""

    @model_validator(mode="after")
    def _subtype_fits(self) -> Self:
        fits: dict[EntityType, set[EntitySubtype]] = {
            EntityType.ARRANGEMENT: {EntitySubtype.TRUST, EntitySubtype.NOMINATION},
            EntityType.LEGAL_ENTITY: {EntitySubtype.TRUST},
            EntityType.STATE_BODY: {
                EntitySubtype.GOVERNMENT_DEPARTMENT,
                EntitySubtype.STATE_AGENCY,
            },
        }
        allowed = fits.get(self.type, set()) | {EntitySubtype.OTHER}
        if self.subtype is not None and self.subtype not in allowed:
            raise Amiss(f"no {self.type} is a {self.subtype}")
        return self


class SecurityWire(Wire):
    ticker: Text
    id_scheme: Literal["isin", "figi", "cusip", "cins"] | None = None
    id: Text | None = None


class ListingWire(Wire):
    stock_exchange_jurisdiction: Annotated[str, StringConstraints(min_length=2, max_length=6)]
    stock_exchange_name: Name
    security: SecurityWire
    market_identifier_code: Text | None = None
    operating_market_identifier_code: Text | None = None


class PublicListingWire(Wire):
    has_public_listing: StrictBool
    company_filings_urls: list[Uri] = Field(
        default=[], alias="companyFilingsURLs", max_length=LIST_MAX
    )
    securities_listings: list[ListingWire] = Field(default=[], max_length=LIST_MAX)


class StatuteWire(Wire):
    name: Text = ""
    date: Day | None = None


NAMED = frozenset(
    (
        EntityType.REGISTERED_ENTITY,
        EntityType.LEGAL_ENTITY,
        EntityType.STATE,
        EntityType.STATE_BODY,
    )
)


class EntityWire(Wire):
    is_component: StrictBool
    entity_type: EntityTypeWire
    unspecified_entity_details: MissingWire | None = None
    name: Name | None = None
    alternate_names: list[Name] = Field(default=[], max_length=LIST_MAX)
    jurisdiction: JurisdictionWire | None = None
    identifiers: list[IdentifierWire] = Field(default=[], max_length=LIST_MAX)
    founding_date: Day | None = None
    dissolution_date: Day | None = None
    addresses: list[AddressWire] = Field(default=[], max_length=LIST_MAX)
    uri: Uri | None = None
    public_listing: PublicListingWire | None = None
    formed_by_statute: StatuteWire | None = None

    @model_validator(mode="after")
    def _has_a_name(self) -> Self:
        if self.entity_type.type in NAMED and self.name is None:
            raise Amiss(f"a {self.entity_type.type} has a name")
        return self


class PersonNameWire(Wire):
    full_name: Name
    type: (
        Literal["legal", "translation", "transliteration", "former", "alternative", "birth"] | None
    ) = None
    family_name: Text = ""
    given_name: Text = ""
    patronymic_name: Text = ""


class ExposureDetailWire(Wire):
    reason: Text = ""
    missing_info_reason: Text = ""
    jurisdiction: JurisdictionWire | None = None
    start_date: Day | None = None
    end_date: Day | None = None
    source: SourceWire | None = None


class ExposureWire(Wire):
    status: Literal["isPep", "isNotPep", "unknown"]
    details: list[ExposureDetailWire] = Field(default=[], max_length=LIST_MAX)


class PersonWire(Wire):
    is_component: StrictBool
    person_type: PersonType
    unspecified_person_details: MissingWire | None = None
    names: list[PersonNameWire] = Field(default=[], max_length=LIST_MAX)
    identifiers: list[IdentifierWire] = Field(default=[], max_length=LIST_MAX)
    nationalities: list[CountryWire] = Field(default=[], max_length=LIST_MAX)
    place_of_birth: AddressWire | None = None
    birth_date: RoughDay | None = None
    death_date: RoughDay | None = None
    tax_residencies: list[CountryWire] = Field(default=[], max_length=LIST_MAX)
    addresses: list[AddressWire] = Field(default=[], max_length=LIST_MAX)
    political_exposure: ExposureWire | None = None

    @model_validator(mode="after")
    def _who_is_known_has_a_name(self) -> Self:
        if self.person_type is PersonType.KNOWN and not self.names:
            raise Amiss("a knownPerson has a name")
        return self


class ShareWire(Wire):
    exact: Percentage | None = None
    minimum: Percentage | None = None
    maximum: Percentage | None = None
    exclusive_minimum: Percentage | None = None
    exclusive_maximum: Percentage | None = None

    @model_validator(mode="after")
    def _is_one_range(self) -> Self:
        if all(
            bound is None
            for bound in (
                self.exact,
                self.minimum,
                self.maximum,
                self.exclusive_minimum,
                self.exclusive_maximum,
            )
        ):
            raise Amiss("a share says how much")
        if self.minimum is not None and self.exclusive_minimum is not None:
            raise Amiss("a share has one lower bound")
        if self.maximum is not None and self.exclusive_maximum is not None:
            raise Amiss("a share has one upper bound")
        low, low_open, high, high_open = self._bounds()
        if low > high or (low == high and (low_open or high_open)):
            raise Amiss("no number lies in this range")
        if self.exact is not None and (
            not low <= self.exact <= high
            or (self.exact == low and low_open)
            or (self.exact == high and high_open)
        ):
            raise Amiss("the exact share lies outside its own range")
        return self

    def _bounds(self) -> tuple[Fraction, bool, Fraction, bool]:
        low = self.minimum if self.minimum is not None else self.exclusive_minimum
        high = self.maximum if self.maximum is not None else self.exclusive_maximum
        return (
            Fraction(0) if low is None else low,
            self.exclusive_minimum is not None,
            Fraction(1) if high is None else high,
            self.exclusive_maximum is not None,
        )

    def span(self) -> Span:
        if self.exact is not None:
            return Span(low=self.exact, high=self.exact)
        low, low_open, high, high_open = self._bounds()
        return Span(low=low, high=high, low_open=low_open, high_open=high_open)


class InterestWire(Wire):
    type: InterestType | None = None
    direct_or_indirect: Literal["direct", "indirect", "unknown"] | None = None
    beneficial_ownership_or_control: StrictBool | None = None
    details: Text = ""
    share: ShareWire | None = None
    start_date: Day | None = None
    end_date: Day | None = None

    @model_validator(mode="after")
    def _starts_before_it_ends(self) -> Self:
        if self.start_date and self.end_date and self.end_date < self.start_date:
            raise Amiss("an interest ends before it starts")
        return self


class RelationshipWire(Wire):
    is_component: StrictBool
    subject: Reference
    interested_party: Reference
    interests: list[InterestWire] = Field(default=[], max_length=LIST_MAX)
    component_records: list[Identifier] = Field(default=[], max_length=LIST_MAX)

    @model_validator(mode="after")
    def _components_have_none(self) -> Self:
        if self.is_component and self.component_records:
            raise Amiss("a component has no components of its own")
        return self


class StatementWire(Wire):
    statement_id: Annotated[str, StringConstraints(min_length=32, max_length=64)]
    statement_date: Moment
    record_id: Identifier
    record_status: RecordStatus
    declaration_subject: Identifier
    publication_details: PublicationWire
    annotations: list[AnnotationWire] = Field(default=[], max_length=LIST_MAX)
    source: SourceWire | None = None
    declaration: Text | None = None


class EntityStatementWire(StatementWire):
    record_type: Literal["entity"]
    record_details: EntityWire


class PersonStatementWire(StatementWire):
    record_type: Literal["person"]
    record_details: PersonWire


class RelationshipStatementWire(StatementWire):
    record_type: Literal["relationship"]
    record_details: RelationshipWire


AnyStatementWire = EntityStatementWire | PersonStatementWire | RelationshipStatementWire
