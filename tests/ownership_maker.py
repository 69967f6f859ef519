"""Makes ownership files for tests: fictitious people and companies, in as few words as it takes."""

import json
from copy import deepcopy
from typing import Any

from answerable.ownership.bods import read_file
from answerable.ownership.model import OwnershipFile

Values = dict[str, Any]


class OwnershipMaker:
    """`maker.entity("a"); maker.person("p"); maker.holds("p", "a", 60)`; then `maker.file()`."""

    def __init__(self, subject: str = "a") -> None:
        self.subject = subject
        self.statements: list[Values] = []

    def state(self, record: str, kind: str, details: Values, **more: Any) -> Values:
        number = len(self.statements)
        statement: Values = {
            "statementId": f"statement-of-a-test-file-{number:08d}",
            "statementDate": "2026-01-01",
            "declarationSubject": self.subject,
            "recordId": record,
            "recordType": kind,
            "recordStatus": "new",
            "publicationDetails": {
                "publicationDate": "2026-01-02",
                "bodsVersion": "0.4",
                "publisher": {"name": "Example Register"},
            },
            "recordDetails": {"isComponent": False} | details,
        } | more
        self.statements.append(statement)
        return statement

    def entity(
        self, record: str, type_: str = "registeredEntity", subtype: str = "", **details: Any
    ) -> Values:
        what = {"type": type_} | ({"subtype": subtype} if subtype else {})
        name = f"Example {record.upper()} Ltd"
        return self.state(record, "entity", {"entityType": what, "name": name} | details)

    def person(self, record: str, **details: Any) -> Values:
        names = [{"type": "legal", "fullName": f"Person {record.upper()}"}]
        return self.state(record, "person", {"personType": "knownPerson", "names": names} | details)

    def tie(
        self, party: str | Values, subject: str | Values, *interests: Values, **details: Any
    ) -> Values:
        record = f"tie-{len(self.statements)}"
        body = {"subject": subject, "interestedParty": party, "interests": list(interests)}
        return self.state(record, "relationship", body | details)

    def holds(self, party: str | Values, subject: str, percent: float | Values) -> Values:
        share = percent if isinstance(percent, dict) else {"exact": percent}
        return self.tie(party, subject, interest("shareholding", share=share))

    def raw(self) -> bytes:
        return json.dumps(self.statements).encode()

    def file(self) -> OwnershipFile:
        return read_file(self.raw())


def interest(type_: str | None, *, direct: str = "direct", **more: Any) -> Values:
    found: Values = {"directOrIndirect": direct} | more
    return found if type_ is None else {"type": type_} | found


def simple() -> OwnershipMaker:
    """One person holds all of one company."""
    maker = OwnershipMaker()
    maker.entity("a")
    maker.person("p")
    maker.holds("p", "a", 100)
    return maker


def with_change(statements: list[Values], index: int, path: str, value: Any) -> bytes:
    """The file with one value replaced (or, where `value` is `...`, taken out)."""
    changed = deepcopy(statements)
    *parents, last = path.strip("/").split("/")
    at: Any = changed[index]
    for part in parents:
        at = at[int(part) if isinstance(at, list) else part]
    key: Any = int(last) if isinstance(at, list) else last
    if value is ...:
        del at[key]
    else:
        at[key] = value
    return json.dumps(changed).encode()
