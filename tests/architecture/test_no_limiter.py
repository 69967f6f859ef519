"""Nothing stands between a decision to report and its filing: a search for whatever could.

Three nets. The words of the code on that path: whatever is named like a limit is either on the
reviewed list below, with its reason, or a finding. The numbers that an operator may set: at the
ends of their ranges every decided report is still owed at once and filed within half an hour. And
the third sum: a limiter planted behind both still shows as a decision that came to nothing
(tests/faults/test_planted_limiters.py).
Each net is shown to hold what is put into it.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "answerable"
PATH = (
    "reports/*.py",
    "reports/document/build.py",
    "events/reports.py",
    "events/cases.py",
    "apps/reporting.py",
    "apps/story.py",
    "apps/console/choice.py",
    "cases/decide.py",
    "cases/service.py",
    "cases/hearing.py",
    "cases/policy.py",
    "cases/policies.py",
    "access/model.py",
    "adapters/sql/reports.py",
    "adapters/sql/outbox.py",
    "adapters/cybertipline/*.py",
)
"""From the reviewer's form to the wire. Who may decide is in access; what a site may bind itself
to is in cases/policy."""

WORDS = (
    "max", "min", "limit", "limited", "limiter", "cap", "capped", "quota", "threshold", "throttle",
    "budget", "ceiling", "allow", "allowed", "allowlist", "deny", "block", "blocked", "enabled",
    "disabled", "enable", "disable", "sample", "sampled", "sampling", "rate", "ratio", "share",
    "veto", "approve", "approved", "approval", "gate", "suppress", "suppressed", "skip", "dedup",
    "delay", "wait", "cooldown", "pause", "paused", "quiet", "only", "percent", "every", "score",
    "backoff", "batch", "ignore", "mute", "hold", "freeze", "frozen",
)  # fmt: skip

DATACLASS = "an option of a dataclass"
ANSWER = "bounds what the far side may send back; a longer answer is an outage, tried again"
REAL = "whether a real CyberTipline may be reached; without it the local receiver is"
LATEST = "the latest or the first of several moments"
ADS = "ads of one incident and one decision; the rest go in a second decision"
LEASE = "the filing lease: one worker at a time"
READ = "how many rows a page reads; filing reads one"
URGENCY = "the place in the queue of people; a decision is no longer in it"
TYPED = "a field of the form that is too long is said so, and nothing is lost"
EVERYWHERE = {"frozen": DATACLASS, "kw_only": DATACLASS}
REVIEWED: dict[str, dict[str, str]] = {
    "access/model.py": {
        "ATTEMPTS_MAX": "wrong passwords of one log-in",
        "LOGIN_CHARS_MAX": TYPED,
        "PASSWORD_CHARS_MAX": TYPED,
        "PASSWORD_CHARS_MIN": TYPED,
        "HOLD_PLACE": "holds keep evidence; none holds up a report",
        "HOLD_READ": "holds keep evidence; none holds up a report",
        "HOLD_RELEASE": "holds keep evidence; none holds up a report",
        "blocked": "a staff member who left cannot log in; what they decided is filed",
    },
    "adapters/cybertipline/__init__.py": {
        "BatchReason": "a word list of the report document",
        "PermanentlyDisabled": "an element of the report document: what became of an account",
        "TemporarilyDisabled": "an element of the report document: what became of an account",
    },
    "adapters/cybertipline/answers.py": {"ANSWER_BYTES_MAX": ANSWER, "SCHEMA_BYTES_MAX": ANSWER},
    "adapters/cybertipline/client.py": {
        "ANSWER_BYTES_MAX": ANSWER,
        "SCHEMA_BYTES_MAX": ANSWER,
        "bytes_max": ANSWER,
        "allow_real": REAL,
        "max_keepalive_connections": "every call opens its own connection",
    },
    "adapters/sql/outbox.py": {
        "BACKOFF_FIRST": "how soon after an outage it is tried again",
        "BACKOFF_MAX": "and at the latest: five minutes, for ever",
        "wait": "that span",
        "min": "the shorter of the two",
        "_claim_max": "rows of one claim; the next claim takes the next",
        "claim_max": "rows of one claim; the next claim takes the next",
        "limit": "rows of one claim; the next claim takes the next",
        "skip_locked": "what another worker has in hand",
        "urgent_only": "a worker more for what is urgent; the others take everything",
        "with_only_columns": "SQL",
    },
    "adapters/sql/reports.py": {"hold": LEASE, "limit": READ},
    "apps/console/choice.py": {
        "AGE_MAX": TYPED,
        "NAME_CHARS_MAX": TYPED,
        "ORIGIN_CHARS_MAX": TYPED,
    },
    "apps/reporting.py": {"allow_real": REAL},
    "apps/story.py": {
        "AlerterLimited": "a limit on an alerter's hiding; it loses no alert and no report",
        "HoldDated": "holds keep evidence",
        "HoldPlaced": "holds keep evidence",
        "HoldReleased": "holds keep evidence",
        "preservation.HoldForAlert": "holds keep evidence",
        "preservation.HoldForComplaint": "holds keep evidence",
        "preservation.HoldForDecision": "holds keep evidence",
        "preservation.HoldForProcess": "holds keep evidence",
    },
    "cases/decide.py": {
        "ADS_MAX": ADS,
        "ads_max": ADS,
        "REASON_CHARS_MAX": TYPED,
        "chars_max": TYPED,
        "URGENCY_MAX": URGENCY,
        "max": URGENCY,
        "min": URGENCY,
    },
    "cases/hearing.py": {"URGENCY_MAX": URGENCY, "max": LATEST},
    "cases/policies.py": {"WAITING_MAX": "proposals of a policy that wait for their second"},
    "cases/service.py": {
        "MERGES_MAX": "merges that a decision follows; beyond, it is refused aloud",
        "QUEUE_MAX": READ,
        "limit": READ,
    },
    "reports/asking.py": {
        "FEED_LIMIT_MAX": READ,
        "NOTE_CHARS_MAX": TYPED,
        "chars_max": TYPED,
        "limit": READ,
        "max": READ,
        "min": READ,
        "score": "completeness, for the eyes; test_no_score_is_read_by_filing holds that",
    },
    "reports/completeness.py": {"percent": "completeness, for the eyes"},
    "reports/document/build.py": {"max": LATEST, "min": LATEST},
    "reports/byhand.py": {
        "NUMBER_MAX": "the largest number that NCMEC gives",
        "max": LATEST,
    },
    "reports/called.py": {"max": "the telephone call that a report names"},
    "reports/filing.py": {
        "min": "the shorter of two waits",
        "DAMAGED_MAX": "damaged uploads, then a person: the duty stays open and rings",
        "hold": LEASE,
    },
    "reports/following.py": {"WAIT_MAX": "half an hour at most, as for the first report"},
    "reports/gather.py": {"LINKS_MAX": "linked ads that one report names as context"},
    "reports/handing.py": {
        "LINE_CHARS_MAX": TYPED,
        "WORDS_CHARS_MAX": TYPED,
        "chars_max": TYPED,
    },
    "reports/lapsing.py": {"max": LATEST},
    "reports/originals.py": {
        "HELD_BYTES_MAX": "what is kept in memory; beyond it a file is read again",
    },
    "reports/told.py": {"max": LATEST},
    "reports/reconciling.py": {"ours_only": "numbers on our list and not on theirs"},
    "reports/routes.py": {
        "EVERY_ROUTE": "all of them",
        "REVIEW_DAYS_MAX": "how old the review of a law may be; a test fails after it",
        "must_hold": "what must stand in a report to an authority, in words for people",
    },
    "reports/service.py": {
        "WAIT_MAX": "half an hour, the longest wait for undo and facts; no setting goes beyond",
        "wait": "that wait",
    },
    "reports/store.py": {"hold": LEASE, "limit": READ},
}
"""Each name with a limiter's word on that path, and why it is none. A new one is read by a second
person before it stands here."""

EXITS: dict[tuple[str, str], dict[str, str]] = {
    ("reports/service.py", "OweReport.__call__"): {
        "not isinstance(event, CaseDecided)": "raises: the wiring is wrong",
        "event.kind != 'report'": "another decision owes no report",
    },
    ("reports/filing.py", "FileReport.__call__"): {
        "not isinstance(event, ReportOwed | ReportResumed | FactsTold)": "raises: wrong wiring",
        "fence is None": "finished, withdrawn, or it waits for a person",
    },
    ("reports/filing.py", "FileReport._claim"): {
        "duty.status in ENDED or (duty.status in FOR_PEOPLE and (not _to_lay_out(duty)))": (
            "nothing to do, or it is in the hands of people, and rings"
        ),
        "work.now() < (ready := self._ready(work, duty))": "not yet: half an hour at most",
        "fence is None": "an outage: another worker has it, and it comes back",
    },
    ("cases/decide.py", "decide"): {
        "choice.kind is DecisionKind.NO_ACTION and case.needs_second": "only for doing nothing",
    },
    ("cases/service.py", "DecideCase.__call__"): {},
    ("cases/service.py", "_where"): {"took is None": "nothing moved: decided here"},
    ("apps/reporting.py", "far_sides"): {
        "settings.lease_ms <= 2 * settings.tipline_seconds * 1000": "raises at the start: nothing "
        "runs at all",
    },
}
"""Where the functions from decision to filing may end early, and why that is no limiter."""


def parts_of(name: str) -> set[str]:
    """The words of a name, however it is spelled: MAX_REPORTS, maxReports, max_reports."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return {part.lower() for part in re.split(r"[^A-Za-z]+", spaced) if part}


def named_in(source: str) -> Iterator[tuple[int, str]]:
    """Every name that code gives or uses, and every word used as a key or a column."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield getattr(node, "lineno", 0), name
            case ast.keyword(arg=str(name)):
                yield node.value.lineno, name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.alias(name=name):
                yield node.lineno, node.asname or name.rpartition(".")[2]
            case ast.Constant(value=str(text)) if re.fullmatch(r"[A-Za-z][\w.-]{0,40}", text):
                yield node.lineno, text
            case _:
                pass


def limiters(source: str) -> dict[str, int]:
    """Names with a limiter's word in them, and the first line of each."""
    found: dict[str, int] = {}
    for line, name in named_in(source):
        if parts_of(name) & set(WORDS):
            found.setdefault(name, line)
    return found


def exits(source: str, function: str) -> list[str]:
    """The conditions under which a function ends early, in its own words."""
    body: ast.AST = ast.parse(source)
    for name in function.split("."):
        body = next(
            node
            for node in ast.walk(body)
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name
        )
    stops = (ast.Return, ast.Raise, ast.Continue, ast.Break)
    return [
        ast.unparse(node.test)
        for node in ast.walk(body)
        if isinstance(node, ast.If) and any(isinstance(one, stops) for one in ast.walk(node))
    ]


SETTINGS = {
    "undo_ms": "at most half an hour, by its own bound",
    "facts_ms": "at most half an hour, by its own bound",
    "lease_ms": "at most a quarter of an hour until another takes over a dead worker's report",
    "tipline_seconds": "at least half a second, at most five minutes a call",
    "tipline_base": "where to",
    "tipline_profile": "which elements the document has; what it has none for is said in words",
    "tipline_route": "over the API or by hand: the same duty, clock and sums",
    "tipline_user": "where to",
    "tipline_password": "where to",
    "tipline_real": REAL,
    "receiver_port": "where to, for synthetic sites",
    "esp_platform": "who we are",
    "esp_email": "who we are",
    "esp_phone": "who we are",
    "esp_service": "who we are",
    "esp_company": "who we are",
    "esp_contact_name": "who we are",
    "esp_contact_email": "who we are",
    "esp_contact_phone": "who we are",
    "esp_terms": "who we are",
    "esp_legal_url": "who we are",
}
"""Every setting that reporting is wired with, and what it can do at most."""


def settings_of_reporting() -> set[str]:
    """Read in apps/reporting.py, or where wiring.py makes a service of the chapter `reports`."""
    found = list(_settings_in(ast.parse((SRC / "apps/reporting.py").read_text("utf-8"))))
    for node in ast.walk(ast.parse((SRC / "apps/wiring.py").read_text("utf-8"))):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and str(key.value).startswith("reports."):
                    found += _settings_in(value)
    return set(found)


def _settings_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name, value=ast.Name(id="settings")):
                yield name
            case _:
                pass


def files() -> list[Path]:
    found = {path for pattern in PATH for path in SRC.glob(pattern)}
    assert all(list(SRC.glob(pattern)) for pattern in PATH), "a part of the path moved"
    return sorted(found)


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(SRC)))
def test_every_word_of_a_limiter_on_the_path_was_read(path: Path) -> None:
    known = EVERYWHERE | REVIEWED.get(str(path.relative_to(SRC)), {})
    found = limiters(path.read_text(encoding="utf-8"))
    assert {name: line for name, line in found.items() if name not in known} == {}


def test_the_list_of_what_was_read_names_nothing_that_is_gone() -> None:
    for name, reviewed in REVIEWED.items():
        found = limiters((SRC / name).read_text(encoding="utf-8"))
        assert set(reviewed) <= set(found), name


def test_every_setting_of_reporting_was_read() -> None:
    assert settings_of_reporting() == set(SETTINGS)


@pytest.mark.parametrize("place", EXITS, ids=lambda place: place[1])
def test_every_early_end_on_the_path_was_read(place: tuple[str, str]) -> None:
    found = exits((SRC / place[0]).read_text(encoding="utf-8"), place[1])
    assert sorted(found) == sorted(EXITS[place])


@pytest.mark.parametrize(
    "planted",
    [
        "REPORTS_MAX = 100",
        "self.daily_cap = settings.report_cap",
        "if sampleRate < chance(): return",
        "Column('suppressed', Boolean)",
        "def over_quota(work): ...",
        "class ReportGate: ...",
        "return today_count > settings.threshold",
        "reports.OweReport(ids, enabled=settings.reporting_enabled)",
        "from answerable.reports.throttle import Throttle",
        "REPORT_VETO = 'report:veto'",
        "urgent_score >= 5",
        "if duty.ads and allowlist(duty): pass",
    ],
)
def test_the_words_catch_what_is_planted(planted: str) -> None:
    assert limiters(planted)


@pytest.mark.parametrize(
    "planted",
    [
        "if self._seen % 10 == 0: return",
        "if hash(event.decision) % 10 == 0:\n            raise Refusal('another day')",
        "if event.kind != 'report' or work.busy(): return",
        "for ad in event.ads:\n            if ad in self._known: continue",
    ],
)
def test_the_ends_catch_what_is_planted(planted: str) -> None:
    source = f"class OweReport:\n    def __call__(self, work, recorded):\n        {planted}\n"
    known = set(EXITS[("reports/service.py", "OweReport.__call__")])
    assert set(exits(source, "OweReport.__call__")) - known


def test_the_nets_are_not_merely_wide() -> None:
    plain = "duty = Duty(ads=event.ads)\nwork.reports.put(duty)\nif now > due: late = True\n"
    assert limiters(plain) == {}
    assert exits(f"def f():\n  {plain.splitlines()[0]}\n  return duty\n", "f") == []


def test_the_story_owes_and_files_every_decision_to_report() -> None:
    """The one table: with the decision the duty, then the filing, and nothing in between."""
    from answerable.apps.story import STORY
    from answerable.events.cases import CaseDecided
    from answerable.events.reports import ReportOwed, ReportResumed

    assert "reports.OweReport" in STORY[CaseDecided].with_
    assert STORY[ReportOwed].then == ("reports.AskSite", "reports.FileReport")
    assert STORY[ReportResumed].then == ("reports.FileReport",)
    assert STORY[ReportOwed].with_ == ()


def test_no_score_is_read_by_filing() -> None:
    """Completeness is for the eyes: nobody who owes, files or waits imports it."""
    for name in ("filing.py", "service.py", "originals.py", "gather.py", "lapsing.py"):
        source = (SRC / "reports" / name).read_text(encoding="utf-8")
        assert "completeness" not in source, name


def test_no_permission_and_no_policy_is_about_stopping_reports() -> None:
    from dataclasses import fields

    from answerable.access.model import PERMISSIONS, Permission
    from answerable.cases.policy import Policy

    about = {one.value for one in Permission if one.value.startswith("report:")}
    assert about == {"report:read", "report:resume"}
    assert Permission.CASE_DECIDE in {p for held in PERMISSIONS.values() for p in held}
    assert {field.name for field in fields(Policy)} == {
        "second", "lapse", "answering", "leaf", "since",
    }  # fmt: skip
