"""Read an ownership file (BODS 0.4, a JSON array of statements), or say all that is wrong with it.

`read_file` is the only maker of an OwnershipFile: past it, every reference leads somewhere, every
record has one history, every component stands before what it explains.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from answerable.kernel.errors import Refusal
from answerable.ownership.model import (
    FAULTS_SHOWN_MAX,
    FILE_BYTES_MAX,
    STATEMENTS_MAX,
    Directness,
    Entity,
    Interest,
    Missing,
    OwnershipFile,
    Person,
    RecordId,
    RecordStatus,
    RecordType,
    Relationship,
    Statement,
    StatementId,
)
from answerable.ownership.wire import (
    MEMBER,
    MISSING,
    AnyStatementWire,
    EntityWire,
    InterestWire,
    MissingWire,
    PersonWire,
    RelationshipWire,
    moment_of,
)

INTEGER_DIGITS_MAX = 30

_DOOR: TypeAdapter[AnyStatementWire] = TypeAdapter(
    Annotated[AnyStatementWire, Field(discriminator="record_type")]
)
_TAGS = frozenset((MEMBER, MISSING, *RecordType))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong. `index` counts statements from 0; None where the file as a whole is wrong.

    `path` is a JSON pointer inside the statement, empty for the statement itself.
    """

    index: int | None
    statement: str | None
    path: str
    reason: str

    def __str__(self) -> str:
        where = "the file" if self.index is None else f"statement {self.index}"
        name = f" ({self.statement})" if self.statement else ""
        return f"{where}{name}{' at ' + self.path if self.path else ''}: {self.reason}"


class FaultyFile(Refusal):
    """The file is not taken. `faults` says why, in the file's order, at most 200 of them."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults[:FAULTS_SHOWN_MAX])
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(f"{faults[0]}{more}", faults=[str(fault) for fault in self.faults])


def read_file(raw: bytes) -> OwnershipFile:
    """The file's statements. Raises FaultyFile with everything that is wrong."""
    values = _parse(raw)
    statements: list[Statement] = []
    faults: list[Fault] = []
    for index, value in enumerate(values):
        found = _read_statement(index, value)
        if isinstance(found, Statement):
            statements.append(found)
        else:
            faults += found
    if not faults:  # what statements say of each other is asked only where each makes sense
        faults += _twice(statements)
        faults += _histories(statements)
        faults += _dangling(statements)
        faults += _components(statements)
        faults.sort(key=lambda fault: -1 if fault.index is None else fault.index)
    if faults:
        raise FaultyFile(faults)
    return OwnershipFile(statements=tuple(statements))


# From bytes to values


class _Doubled(dict[str, object]):
    """An object in which a key stands twice; which one counts would be anyone's guess."""


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Doubled(found)


def _whole(digits: str) -> int:
    if len(digits) > INTEGER_DIGITS_MAX:
        raise _Unreadable(f"a number of {len(digits)} digits")
    return int(digits)


def _no_number(name: str) -> object:
    raise _Unreadable(f"{name} is no number")


class _Unreadable(ValueError):
    pass


def _parse(raw: bytes) -> list[object]:
    def refuse(reason: str) -> FaultyFile:
        return FaultyFile([Fault(index=None, statement=None, path="", reason=reason)])

    if len(raw) > FILE_BYTES_MAX:
        raise refuse(f"more than {FILE_BYTES_MAX} bytes")
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_pairs,
            parse_float=Decimal,
            parse_int=_whole,
            parse_constant=_no_number,
        )
    except UnicodeDecodeError:
        raise refuse("is not UTF-8") from None
    except json.JSONDecodeError as fault:
        raise refuse(f"is not JSON: {fault.msg} at line {fault.lineno}") from None
    except _Unreadable as fault:
        raise refuse(str(fault)) from None
    except RecursionError:
        raise refuse("is nested too deeply") from None
    if not isinstance(value, list):
        raise refuse("is no array of statements")
    if not value:
        raise refuse("has no statement")
    if len(value) > STATEMENTS_MAX:
        raise refuse(f"has more than {STATEMENTS_MAX} statements")
    return value


def _odd_values(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """What JSON allows and a statement does not, wherever it stands."""
    match value:
        case _Doubled():
            yield path, "a key stands twice in this object"
        case None:
            yield path, "null says nothing; leave the field out"
        case str() if any("\ud800" <= char <= "\udfff" for char in value):
            yield path, "is no text: half a character"
        case _:
            pass
    match value:
        case dict():
            for key, inner in value.items():
                yield from _odd_values(inner, f"{path}/{_pointer(key)}")
        case list():
            for place, inner in enumerate(value):
                yield from _odd_values(inner, f"{path}/{place}")
        case _:
            pass


def _pointer(part: object) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")


# From values to statements


def _read_statement(index: int, value: object) -> Statement | list[Fault]:
    name = value.get("statementId") if isinstance(value, dict) else None
    shown = name if isinstance(name, str) and name.isprintable() else None

    def fault(path: str, reason: str) -> Fault:
        return Fault(index=index, statement=shown and shown[:80], path=path, reason=reason)

    if not isinstance(value, dict):
        return [fault("", "is no object")]
    odd = [fault(path, reason) for path, reason in _odd_values(value)]
    if odd:
        return odd
    try:
        return _from_wire(index, _DOOR.validate_python(value))
    except ValidationError as problem:
        return [
            fault(*_in_our_words(error["loc"], error["type"], error["msg"]))
            for error in problem.errors(include_url=False, include_input=False)
        ]


def _in_our_words(loc: tuple[int | str, ...], kind: str, message: str) -> tuple[str, str]:
    path = "".join(f"/{_pointer(part)}" for part in loc if part not in _TAGS)
    match kind:
        case "missing":
            return path, "is required"
        case "extra_forbidden":
            return path, "is no field of BODS 0.4"
        case "union_tag_not_found":
            return "/recordType", "is required"
        case "union_tag_invalid":
            return "/recordType", "is entity, person or relationship"
        case "string_pattern_mismatch":
            return path, "is no identifier"
        case _:
            return path, message.removeprefix("Value error, ")


def _from_wire(index: int, wire: AnyStatementWire) -> Statement:
    publisher = wire.publication_details.publisher
    details: Entity | Person | Relationship
    match wire.record_details:
        case EntityWire() as entity:
            details = _entity(entity)
        case PersonWire() as person:
            details = _person(person)
        case RelationshipWire() as tie:
            details = Relationship(
                subject=_reference(tie.subject),
                party=_reference(tie.interested_party),
                interests=tuple(_interest(interest) for interest in tie.interests),
                components=tuple(RecordId(name) for name in tie.component_records),
            )
    return Statement(
        index=index,
        id=StatementId(wire.statement_id),
        record=RecordId(wire.record_id),
        status=wire.record_status,
        declared=wire.statement_date,
        moment=moment_of(wire.statement_date),
        about=RecordId(wire.declaration_subject),
        component=wire.record_details.is_component,
        publisher=publisher.name or publisher.url or "",
        published=wire.publication_details.publication_date,
        details=details,
    )


def _missing(wire: MissingWire | None) -> Missing | None:
    return None if wire is None else Missing(reason=wire.reason, description=wire.description)


def _reference(wire: str | MissingWire) -> RecordId | Missing:
    if isinstance(wire, str):
        return RecordId(wire)
    return Missing(reason=wire.reason, description=wire.description)


def _entity(wire: EntityWire) -> Entity:
    return Entity(
        name=wire.name or "",
        type=wire.entity_type.type,
        subtype=wire.entity_type.subtype,
        listed=wire.public_listing is not None and wire.public_listing.has_public_listing,
        missing=_missing(wire.unspecified_entity_details),
    )


def _person(wire: PersonWire) -> Person:
    """The legal name where there is one, else the first."""
    names = sorted(wire.names, key=lambda name: name.type != "legal")
    return Person(
        name=names[0].full_name if names else "",
        type=wire.person_type,
        missing=_missing(wire.unspecified_person_details),
    )


def _interest(wire: InterestWire) -> Interest:
    direct = wire.direct_or_indirect
    return Interest(
        type=wire.type,
        directness=None if direct is None else Directness(direct),
        beneficial=wire.beneficial_ownership_or_control,
        share=None if wire.share is None else wire.share.span(),
        start=wire.start_date,
        end=wire.end_date,
        details=wire.details,
    )


# What statements say of each other


def _fault(statement: Statement, path: str, reason: str) -> Fault:
    return Fault(index=statement.index, statement=statement.id, path=path, reason=reason)


def _twice(statements: Sequence[Statement]) -> Iterator[Fault]:
    first: dict[StatementId, int] = {}
    for statement in statements:
        earlier = first.setdefault(statement.id, statement.index)
        if earlier != statement.index:
            yield _fault(statement, "/statementId", f"is also that of statement {earlier}")


def _histories(statements: Sequence[Statement]) -> Iterator[Fault]:
    """A record stays what it is, begins once, and is over once it is closed."""
    before: dict[RecordId, Statement] = {}
    for statement in sorted(statements, key=lambda s: (s.moment, s.index)):
        earlier = before.get(statement.record)
        before[statement.record] = statement
        if earlier is None:
            continue
        since = f"statement {earlier.index}"
        if type(earlier.details) is not type(statement.details):
            yield _fault(statement, "/recordType", f"was another in {since}")
        if earlier.status is RecordStatus.CLOSED:
            yield _fault(statement, "/recordStatus", f"the record was closed by {since}")
        elif statement.status is RecordStatus.NEW:
            yield _fault(statement, "/recordStatus", f"the record is not new: it is in {since}")


def _dangling(statements: Sequence[Statement]) -> Iterator[Fault]:
    kinds: Mapping[RecordId, type] = {s.record: type(s.details) for s in statements}
    for statement in statements:
        if kinds.get(statement.about) not in (Entity, Person):
            yield _fault(
                statement,
                "/declarationSubject",
                f"{statement.about} is no entity or person of this file",
            )
        tie = statement.details
        if not isinstance(tie, Relationship):
            continue
        at = "/recordDetails"
        if isinstance(tie.subject, str) and kinds.get(tie.subject) is not Entity:
            yield _fault(statement, f"{at}/subject", f"{tie.subject} is no entity of this file")
        if isinstance(tie.party, str) and kinds.get(tie.party) not in (Entity, Person):
            reason = f"{tie.party} is no entity or person of this file"
            yield _fault(statement, f"{at}/interestedParty", reason)
        for place, part in enumerate(tie.components):
            if part not in kinds:
                reason = f"{part} is no record of this file"
                yield _fault(statement, f"{at}/componentRecords/{place}", reason)


def _components(statements: Sequence[Statement]) -> Iterator[Fault]:
    """A component says so, stands before the relationship it explains, and explains one."""
    first: dict[RecordId, Statement] = {}
    marked: dict[RecordId, Statement] = {}
    explained: set[RecordId] = set()
    for statement in statements:
        first.setdefault(statement.record, statement)
        if statement.component:
            marked.setdefault(statement.record, statement)
    for statement in statements:
        if not isinstance(statement.details, Relationship):
            continue
        for place, part in enumerate(statement.details.components):
            path = f"/recordDetails/componentRecords/{place}"
            explained.add(part)
            if part in first and part not in marked:
                yield _fault(statement, path, f"{part} has no statement with isComponent true")
            if part in first and first[part].index > statement.index:
                yield _fault(statement, path, f"{part} comes later in the file; components first")
    for part, statement in marked.items():
        if part not in explained:
            yield _fault(
                statement, "/recordDetails/isComponent", "no relationship names it as a component"
            )
