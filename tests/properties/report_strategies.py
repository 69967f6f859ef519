"""Strategies for whole report documents and for case facts, read off the dataclasses' own types.

A new field of the model or of the facts is thereby generated without anyone remembering it.
"""

import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from enum import Enum
from typing import Any

from hypothesis import strategies as st

from answerable.kernel.time import Millis
from answerable.reports.document import facts as f
from answerable.reports.document import model as m
from answerable.reports.document import sample
from answerable.reports.document.limits import UNITS_MAX, units
from answerable.reports.document.sample import INCIDENTS, full_documents
from answerable.reports.document.values import COUNTRIES, STATES, FileRelevance, Moment, Profile

NOW = Millis(1_790_000_000_000)

# Words that hurt: markup, line ends, right-to-left, astral, and what XML cannot carry.
ALPHABET = st.one_of(
    st.characters(codec="utf-8"),
    st.sampled_from("<>&\"'\r\n\t\x00\x0b\ufffe\uffff\u202e\U0001f6b2 ]"),
)
WORDS = st.text(ALPHABET, max_size=12)
LONG = st.builds(
    lambda word, times: word * times,
    st.text(ALPHABET, min_size=1, max_size=9),
    st.sampled_from([1, 1, 1, 1, 1, 60, 400]),
)
URLS = st.sampled_from(
    ["https://example.com/a?b=1&c=2", "http://example.org/", "https://example.net/<x>'\"", "x:y"]
)
IPS = st.sampled_from(["192.0.2.7", "198.51.100.200", "203.0.113.1", "2001:db8::5"])
DIGESTS = st.sampled_from(["00" * 32, "ab" * 32, "0f" * 32, "77" * 32])
MOMENTS = st.builds(
    Moment,
    at=st.integers(-62_135_000_000_000, 253_402_000_000_000).map(Millis),
    zone_minutes=st.sampled_from([0, 0, 60, -330, 840, -840]),
)
PAST = st.builds(Moment, at=st.integers(0, NOW).map(Millis), zone_minutes=st.integers(-840, 840))

MODEL: dict[tuple[type, str] | str, st.SearchStrategy[Any]] = {
    "url": st.lists(URLS, max_size=2).map(tuple),
    "profile_url": st.lists(URLS, max_size=2).map(tuple),
    "legal_url": st.none() | URLS,
    "location_of_file": st.none() | URLS,
    "ip_address": IPS,
    "port": st.none() | st.integers(1, 65535),
    "age": st.none() | st.integers(0, 150),
    "approximate_age": st.none() | st.integers(0, 150),
    "latitude": st.none() | st.floats(-90, 90),
    "longitude": st.none() | st.floats(-180, 180),
    "prior_ct_reports": st.lists(st.integers(1, 2**63 - 1), max_size=2).map(tuple),
    "prior_ct_report": st.lists(st.integers(1, 2**63 - 1), max_size=2).map(tuple),
    "state": st.none() | st.sampled_from(sorted(STATES | {""})),
    "country": st.none() | st.sampled_from(sorted(COUNTRIES | {""})),
    "country_code": st.none() | st.sampled_from(sorted(COUNTRIES)),
    "flea_country": st.none() | st.sampled_from(sorted(COUNTRIES)),
    "country_calling_code": st.none() | st.sampled_from(["+1", "+44", "+590"]),
    "extension": st.none() | st.sampled_from(["1", "0123456789"]),
    "escalate_to_high_priority": st.none() | WORDS.map(lambda word: f"now {word}"),
    "incident_date_time": PAST,
    "report_id": st.integers(1, 2**63 - 1),
    "file_id": st.sampled_from(["0" * 32, "b0754af766b426f2928a02c651ed4b99"]),
    (m.Reporter, "reporting_person"): st.deferred(
        lambda: st.builds(
            lambda person: replace(person, email=(m.Email(text="desk@example.com"),)),
            of(m.Person, MODEL),
        )
    ),
    (m.Report, "person_or_user_reported"): st.deferred(
        lambda: st.lists(of(m.PersonOrUserReported, MODEL), max_size=1).map(tuple)
    ),
    (m.InternetDetails, "incident"): st.deferred(
        lambda: st.sampled_from(INCIDENTS).flatmap(lambda one: of(one, MODEL))
    ),
    (m.Details, "name_value_pair"): st.deferred(
        lambda: st.lists(of(m.NameValuePair, MODEL), min_size=1, max_size=2).map(tuple)
    ),
}

PLACES = st.dictionaries(
    st.sampled_from(["city", "region", "country", "motel", "x" * 70]), LONG, max_size=3
)
FACTS: dict[tuple[type, str] | str, st.SearchStrategy[Any]] = {
    "external_id": st.text(ALPHABET, max_size=150).map(lambda text: f"ad{text}"),
    "sha256": DIGESTS,
    "digest": st.none() | DIGESTS,
    "viewed": st.frozensets(DIGESTS, max_size=3),
    "place": PLACES,
    "texts": st.dictionaries(st.sampled_from(["title", "body", "price"]), LONG, max_size=2).map(
        lambda texts: {"body": "bluelantern"} | texts
    ),
    "ip": st.none() | IPS | WORDS,
    "port": st.none() | st.integers(-5, 70_000),
    "prior_reports": st.lists(st.integers(1, 2**63 - 1), max_size=2).map(tuple),
    "kind": st.sampled_from(["phone", "email", "handle", "payment", "url"]),
    "prepared_at": st.just(Moment(at=NOW)),
    "received_at": PAST,
    (f.AccountFacts, "id"): st.none() | st.text(ALPHABET, max_size=400),
    (f.EspPerson, "email"): st.just("desk@example.com"),
    (f.BasisFacts, "kind"): st.sampled_from(list(f.BasisKind)),
    (f.ActionFacts, "kind"): st.sampled_from(list(f.ActionKind)),
    (f.ActionFacts, "account"): st.none() | st.sampled_from(["a1", "a2"]),
    (f.CaseFacts, "ads"): st.deferred(
        lambda: st.lists(of(f.AdFacts, FACTS), min_size=1, max_size=3).map(tuple)
    ),
    (f.AdFacts, "revisions"): st.deferred(
        lambda: st.lists(of(f.RevisionFacts, FACTS), min_size=1, max_size=3).map(
            lambda them: tuple(replace(one, number=n) for n, one in enumerate(them))
        )
    ),
    str: LONG,
}

Overrides = dict[Any, st.SearchStrategy[Any]]


def of(cls: type[Any], overrides: Overrides) -> st.SearchStrategy[Any]:
    """A strategy for a dataclass from the types of its fields."""
    key = (cls, id(overrides))
    if key not in _MADE:
        hints = typing.get_type_hints(cls)
        parts = {
            field.name: _field(cls, field.name, hints[field.name], overrides)
            for field in fields(cls)
        }
        made = st.builds(cls, **parts)
        _MADE[key] = made.map(_tidy) if cls is m.FileDescription else made
    return _MADE[key]


_MADE: dict[tuple[type, int], st.SearchStrategy[Any]] = {}


def _field(cls: type, name: str, hint: Any, overrides: Overrides) -> st.SearchStrategy[Any]:
    own = overrides.get((cls, name), overrides.get(name))
    if own is not None:
        return own
    limit = UNITS_MAX.get(cls, {}).get(name)
    if limit is not None:
        whole = WORDS.filter(lambda text: units(text) <= limit) | st.just("x" * limit)
        if type(None) in typing.get_args(hint):
            return st.none() | whole
        if typing.get_origin(hint) is tuple:
            return st.lists(whole, max_size=2).map(tuple)
        return whole
    return typed(hint, overrides)


def typed(hint: Any, overrides: Overrides) -> st.SearchStrategy[Any]:
    """A strategy for a type as the dataclasses use them."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return st.one_of(*(typed(arg, overrides) for arg in args))
    if origin is tuple:
        return st.lists(st.deferred(lambda: typed(args[0], overrides)), max_size=2).map(tuple)
    if origin in (dict, Mapping):
        return st.dictionaries(WORDS, WORDS, max_size=2)
    if hint is Moment:
        return MOMENTS
    if is_dataclass(hint):
        return st.deferred(lambda: of(hint, overrides))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    return _PLAIN[hint] if hint is not str else overrides.get(str, WORDS)


_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    type(None): st.none(),
    bool: st.booleans(),
    int: st.integers(-10, 10_000),
    float: st.floats(allow_nan=False, allow_infinity=False),
    date: st.dates(),
}


def _tidy(one: m.FileDescription) -> m.FileDescription:
    """Keep to the three rules between fields of a file's description."""
    if one.file_annotations is not None:
        one = replace(one, potential_meme=None)
    meme = one.potential_meme or (one.file_annotations and one.file_annotations.potential_meme)
    if meme or one.industry_classification:
        one = replace(one, file_relevance=FileRelevance.REPORTED)
    return one


def in_november(thing: Any) -> Any:
    """The same without what only the newer edition of the schema has an element for."""
    if isinstance(thing, tuple):
        return tuple(in_november(one) for one in thing)
    if not isinstance(thing, m.Fragment):
        return thing
    told = {one.name: in_november(getattr(thing, one.name)) for one in fields(thing)}
    nothing = {"informational": False, "age_assertion_discrepancy": None}
    return replace(thing, **told | {k: v for k, v in nothing.items() if k in told})


NEWER_REPORTS: st.SearchStrategy[m.Report] = of(m.Report, MODEL)
REPORTS: st.SearchStrategy[m.Report] = NEWER_REPORTS.map(in_november)
FILE_DETAILS: st.SearchStrategy[m.FileDetails] = of(m.FileDetails, MODEL)
CASES: st.SearchStrategy[f.CaseFacts] = of(f.CaseFacts, FACTS)


def filled(cls: type[Any], incident: type[Any] = m.WebPageIncident) -> Any:
    """One instance that says everything that the model can say, in the newer edition."""
    return sample.filled(cls, incident, Profile.NEWER)


def full_reports(incident: type[Any], profile: Profile) -> st.SearchStrategy[m.Report]:
    """Reports on this incident, each drawn; what chance left unsaid is said by a sample."""
    drawn = NEWER_REPORTS if profile is Profile.NEWER else REPORTS

    def together(report: m.Report, one: Any) -> m.Report:
        details = (m.InternetDetails(incident=one), *report.internet_details)
        return topped_up(replace(report, internet_details=details), profile)

    return st.builds(together, drawn, of(incident, MODEL))


def topped_up(thing: Any, profile: Profile) -> Any:
    """What was drawn, and a sample of everything that it left unsaid."""
    if not isinstance(thing, m.Fragment):
        return thing
    whole = sample.filled(type(thing), profile=profile)
    said = {}
    for field in fields(typing.cast(Any, thing)):
        held = getattr(thing, field.name)
        if held is None or held in ((), False):
            said[field.name] = getattr(whole, field.name)
        elif isinstance(held, tuple):
            said[field.name] = tuple(topped_up(one, profile) for one in held)
        else:
            said[field.name] = topped_up(held, profile)
    made = type(thing)(**said)
    return _tidy(made) if isinstance(made, m.FileDescription) else made


FULL_DETAILS: st.SearchStrategy[m.FileDetails] = FILE_DETAILS.map(
    lambda one: topped_up(one, Profile.NEWER)
)

__all__ = [
    "CASES",
    "FILE_DETAILS",
    "FULL_DETAILS",
    "INCIDENTS",
    "NEWER_REPORTS",
    "NOW",
    "REPORTS",
    "filled",
    "full_documents",
    "full_reports",
    "in_november",
    "of",
    "topped_up",
]
