"""An outcome in words for people, and as JSON for machines."""

import json
from typing import Any, Final

from answerable.verifier.findings import TITLES, Outcome, Weight

OWN_POLICY: Final = "checked with the operator's own policy"
NO_POLICY: Final = "no policy: whose keys? Nothing was checked. Give one with --policy FILE"
VERDICT: Final = {
    0: "clean: everything listed above was checked and holds",
    1: "finding: something is not as it must be",
    2: "unreadable: there is something that could not be read",
    3: "incomplete: something could not be checked; this is not a clean result",
}


def as_text(outcome: Outcome, *, own_policy: bool = False) -> str:
    """One line a check, every finding, the notes, the verdict."""
    lines = [OWN_POLICY] if own_policy else []
    lines.append(f"this is a {outcome.kind.value}")
    for check in outcome.done:
        mine = [f for f in outcome.findings if f.check is check]
        hard = sum(f.weight is not Weight.INCOMPLETE for f in mine)
        soft = len(mine) - hard
        said = "ok" if not mine else ""
        if hard:
            said = f"{hard} finding{'s' * (hard > 1)}"
        if soft:
            said += f"{', ' if said else ''}{soft} not checked"
        lines.append(f"{check.value:>3}. {TITLES[check]}: {said}")
    lines += [f"  {f.weight.value}: {f.line()}" for f in outcome.findings]
    lines += [f"  note: {note}" for note in outcome.notes]
    lines.append(VERDICT[outcome.exit_code])
    return "".join(f"{line}\n" for line in lines)


def as_json(outcome: Outcome, *, own_policy: bool = False) -> str:
    """The same as one JSON object."""
    value: dict[str, Any] = {
        "kind": outcome.kind.value,
        "policy": "operator" if own_policy else "given",
        "exit": outcome.exit_code,
        "checks": [
            {
                "number": check.value,
                "title": TITLES[check],
                "findings": sum(f.check is check for f in outcome.findings),
            }
            for check in outcome.done
        ],
        "findings": [
            {
                "check": f.check.value,
                "weight": f.weight.value,
                "where": f.where,
                "index": f.index,
                "words": f.words,
            }
            for f in outcome.findings
        ],
        "notes": list(outcome.notes),
        "figures": dict(outcome.figures),
    }
    return json.dumps(value, ensure_ascii=True, sort_keys=True) + "\n"
