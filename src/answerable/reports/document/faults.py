"""reports.document.faults: one objection to a document, said without its contents."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`path` as in `report/reporter/legalURL`, the `limit` it breaks, and what was `found`.

    `found` gives lengths, counts and kinds, never words of the report: faults go into logs.
    """

    path: str
    limit: str
    found: str

    def __str__(self) -> str:
        return f"{self.path}: {self.limit}; found {self.found}"
