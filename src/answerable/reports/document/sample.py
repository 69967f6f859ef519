"""reports.document.sample: neutral documents that say everything, to try a schema with.

They are read off the model's own types: a new field of the model is in them without anyone
remembering it. Nothing here happened; addresses, numbers and names are those reserved for examples.
"""

import types
import typing
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any

from answerable.kernel.time import DAY, HOUR, MINUTE, Millis
from answerable.reports.document import facts as f
from answerable.reports.document import model as m
from answerable.reports.document.build import report_for_ads
from answerable.reports.document.profile import carries
from answerable.reports.document.values import Moment, Profile
from answerable.reports.document.write import details_bytes, to_xml

INCIDENTS: tuple[type[Any], ...] = typing.get_args(m.Incident)

_AT = Millis(1_760_000_000_000)  # 2025-10-09
_ID = "0" * 32


def samples(profile: Profile) -> Iterator[tuple[str, bytes]]:
    """Documents by name, as they would be sent: a plain report with its files, then the fullest."""
    report, files = report_for_ads(sample_case(_AT), profile)
    yield "a report on one ad", to_xml(report, schema_hint=True)
    for file in files:
        details = details_bytes(file.details_template(), report_id=1, file_id=_ID)
        yield f"the details of its {file.name}", details
    for number, document in enumerate(full_documents(profile), start=1):
        yield f"{document.element} that says everything, {number}", to_xml(document)


def full_documents(profile: Profile) -> Iterator[m.Report | m.FileDetails]:
    """Documents that together say everything that this edition of the schema has a place for."""
    for incident in INCIDENTS:
        yield filled(m.Report, incident, profile)
    yield filled(m.FileDetails, profile=profile)
    marks = m.FileAnnotations(**dict.fromkeys(m.FileAnnotations.__dataclass_fields__, True))
    description = m.FileDescription(file_annotations=marks)
    yield m.FileDetails(report_id=1, file_id=_ID, description=description)


def filled(
    cls: type[Any], incident: type[Any] = m.WebPageIncident, profile: Profile = Profile.NOV_2025
) -> Any:
    """One instance that says everything: no None, no empty tuple, every flag set."""
    hints = typing.get_type_hints(cls)
    return cls(
        **{
            one.name: _filled(cls, one.name, hints[one.name], incident, profile)
            for one in fields(cls)
            if carries(profile, cls, one.name)
        }
    )


_TEXTS: dict[tuple[type, str] | str, Any] = {
    (m.Email, "text"): "desk@example.com",
    (m.Phone, "text"): "555-0100",
    "url": "https://example.com/ad?a=1&b=2",
    "profile_url": "https://example.com/profile",
    "legal_url": "https://example.com/legal",
    "location_of_file": "https://example.com/file",
    "ip_address": "192.0.2.7",
    "port": 50123,
    "age": 40,
    "approximate_age": 40,
    "latitude": 1.5,
    "longitude": -1.5,
    "state": "IL",
    "country": "US",
    "country_code": "US",
    "flea_country": "DE",
    "country_calling_code": "+1",
    "extension": "12",
    "file_id": _ID,
    "incident_date_time": Moment(at=Millis(_AT - 1)),
}
_PLAIN: dict[type, Any] = {str: "bluelantern", bool: True, int: 7, date: date(1985, 2, 3)}


def _filled(cls: type, name: str, hint: Any, incident: type[Any], profile: Profile) -> Any:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if name == "incident":
        return filled(incident, profile=profile)
    if name == "file_annotations":
        return None  # stands instead of potentialMeme: a document of its own
    if origin is tuple:
        return (_filled(cls, name, args[0], incident, profile),)
    told = _TEXTS.get((cls, name), _TEXTS.get(name))
    if told is not None:
        return told
    if origin in (types.UnionType, typing.Union):
        inner = next(arg for arg in args if arg is not type(None))
        return _filled(cls, name, inner, incident, profile)
    if hint is Moment:
        return Moment(at=_AT, zone_minutes=120)
    if is_dataclass(hint):
        return filled(typing.cast(type, hint), incident, profile)
    return next(iter(hint)) if issubclass(hint, Enum) else _PLAIN[hint]


_BODY = "Blue bicycle, three gears, bluelantern. Ring after six."


def sample_case(now: Millis) -> f.CaseFacts:
    """The same case whenever it is made, but for its moments, which lie before `now`."""

    def ago(span: int) -> Moment:
        return Moment(at=Millis(now - span))

    posted = ago(DAY)
    revision = f.RevisionFacts(
        number=0,
        received_at=posted,
        section="bicycles",
        place={"city": "Springfield", "region": "IL", "country": "US"},
        language="en",
        texts={"title": "Bicycle", "body": _BODY},
        account=_account(ago(30 * DAY)),
        connections=(
            f.ConnectionFacts(
                ip="192.0.2.7",
                port=50_100,
                at=posted,
                event=f.ConnectionEvent.UPLOAD,
                proxy=False,
                device="device-1",
            ),
        ),
        payment=f.PaymentFacts(processor="Example Pay", last4="4242", at=posted),
        placements=(
            f.PlacementFacts(
                kind="published",
                section="bicycles",
                channel=f.Channel.WEB,
                url="https://example.com/ads/1?a=1&b=2",
                start=posted,
            ),
        ),
    )
    return f.CaseFacts(
        case="sample",
        ads=(f.AdFacts(external_id="sample-1", ad="sample-1", revisions=(revision,)),),
        decision=f.DecisionFacts(
            decision="sample",
            at=ago(5 * MINUTE),
            by_role="reviewer",
            reason="A sample, made to be judged by a schema; it concerns nobody.",
            basis=(f.BasisFacts(kind=f.BasisKind.OTHER, words="a sample states no fact"),),
            victim=f.VictimFacts(screen_name="sample", origin="a sample"),
        ),
        esp=f.EspFacts(
            platform="Example Classifieds",
            service="Example Classifieds, web",
            reporter=f.EspPerson(email="safety@example.com", phone="+12025550100"),
            company_template="Serve process at law@example.com.",
            terms_of_service="Ads offering a person are not allowed.",
            legal_url="https://example.com/legal",
        ),
        prepared_at=ago(0),
        actions=(f.ActionFacts(kind=f.ActionKind.AD_HIDDEN, at=ago(HOUR), ad="sample-1"),),
    )


def _account(created: Moment) -> f.AccountFacts:
    return f.AccountFacts(
        id="account-1",
        created=created,
        names=("sample",),
        emails=(f.EmailFacts(address="sample@example.org", verified_at=created),),
        phones=(f.PhoneFacts(number="+12025550111", verified_at=created),),
        profile_url="https://example.com/profiles/1",
    )
