"""reports.document.files: the files that go up with a report, and how each is described.

Every revision's words go as a text file, byte for byte as submitted: the current one is what is
reported, the earlier ones are context. `fileViewedByEsp` steers legal process (United States v.
Wilson, 9th Cir. 2021): true only for bytes of which a person's whole look is on record.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from answerable.reports.document import facts as f
from answerable.reports.document import model as m
from answerable.reports.document import parties as p
from answerable.reports.document.notes import NOTES_NAME, Notes, cut, one_line, said
from answerable.reports.document.supplements import (
    CHANGES_NAME,
    GROUP_NAME,
    changes_text,
    group_text,
)
from answerable.reports.document.values import DetailsType, FileRelevance
from answerable.reports.document.write import details_template

TEXT = "text/plain; charset=utf-8"
CONTACTS_NAME = "contacts.txt"
OURS = frozenset({CONTACTS_NAME, CHANGES_NAME, GROUP_NAME, NOTES_NAME})
"""Files that we make; the others are the ads' own."""
EXIF_NAME_MAX = 64

_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+", re.ASCII)
_ENDINGS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "video/mp4": ".mp4",
    "application/pdf": ".pdf",
    "text/plain": ".txt",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inline:
    """Bytes made for the report."""

    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An object we hold, by the SHA-256 (lower-case hex) of its bytes."""

    sha256: str


Source: TypeAlias = Inline | Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class FileToSend:
    """One file to upload. `sha256` is of the bytes of `source`, whichever kind it is."""

    name: str
    media_type: str
    source: Source
    sha256: str
    description: m.FileDescription

    def details_template(self) -> bytes:
        """`<fileDetails>` without ids: `write.details_bytes` adds them after the upload."""
        return details_template(self.description)


def files_for(case: f.CaseFacts, notes: Notes) -> tuple[FileToSend, ...]:
    """All files but the notes: words of every revision, what is made of them, attachments."""
    return (
        *_word_files(case, notes),
        *_contact_file(case),
        *_made_of(case, CHANGES_NAME, changes_text(case), "what each revision changed"),
        *_made_of(case, GROUP_NAME, group_text(case), "the group, and what its ads share"),
        *_attachment_files(case, notes),
    )


Looked: TypeAlias = Mapping[str, tuple[f.ExifFacts, ...] | None]
"""By digest, what the bytes of a stored file say of themselves; None where nobody can read them."""


def with_looked(case: f.CaseFacts, looked: Looked) -> f.CaseFacts:
    """The case with what a look at its stored files found: one that cannot be read is not sent."""

    def attachment(one: f.AttachmentFacts) -> f.AttachmentFacts:
        found = looked.get(one.sha256, ())
        if found is None:
            return replace(one, stored=False, unreadable=True)
        return replace(one, exif=found)

    def revision(one: f.RevisionFacts) -> f.RevisionFacts:
        return replace(one, attachments=tuple(attachment(a) for a in one.attachments))

    def ad(one: f.AdFacts) -> f.AdFacts:
        return replace(one, revisions=tuple(revision(r) for r in one.revisions))

    return replace(case, ads=tuple(ad(one) for one in case.ads)) if looked else case


def notes_file(case: f.CaseFacts, notes: Notes) -> tuple[FileToSend, ...]:
    """What had to be cut, whole; nothing when nothing was."""
    text = notes.file_text()
    if text is None:
        return ()
    told = "Made by the reporting system: texts too long for their fields in the report, whole"
    return (_made(case, NOTES_NAME, text, told),)


def revision_file(texts: Mapping[str, str]) -> bytes:
    """The words of a revision as the uploaded file has them: each field's name, then its words.

    `title` comes first, then the fields in their order. UTF-8, nothing normalised. A reviewer
    who was shown exactly these bytes whole has viewed the file.
    """
    names = sorted(texts, key=lambda name: name != "title")
    whole = "".join(f"{name}:\n{texts[name]}\n\n" for name in names)
    return whole.encode("utf-8", "backslashreplace")


def word_file_name(ad_place: int, revision: f.RevisionFacts) -> str:
    """`ad-01-revision-00.txt`: the ad's place in the report, from 1, and the revision's number."""
    return f"ad-{ad_place:02}-revision-{revision.number:02}.txt"


def public(revision: f.RevisionFacts, case: f.CaseFacts) -> bool:
    """Whether users could see the revision: placed before now on anything but mail."""
    return any(
        one.channel is not f.Channel.EMAIL and one.start.at <= case.prepared_at.at
        for one in revision.placements
    )


def sha256(content: bytes) -> str:
    """Lower-case hex."""
    return hashlib.sha256(content).hexdigest()


def _word_files(case: f.CaseFacts, notes: Notes) -> Iterable[FileToSend]:
    for place, ad in enumerate(case.ads, start=1):
        for revision in reversed(ad.revisions):
            content = revision_file(revision.texts)
            digest = sha256(content)
            seen = digest in case.viewed or revision.digest in case.viewed
            current = revision is ad.current
            yield FileToSend(
                name=word_file_name(place, revision),
                media_type=TEXT,
                source=Inline(content=content),
                sha256=digest,
                description=m.FileDescription(
                    uploaded_to_esp_timestamp=revision.spooled_at or revision.received_at,
                    location_of_file=_location(ad, revision, notes),
                    file_viewed_by_esp=seen,
                    publicly_available=public(revision, case),
                    file_relevance=(
                        FileRelevance.REPORTED if current else FileRelevance.SUPPLEMENTAL
                    ),
                    original_file_hash=(m.OriginalFileHash(text=digest, hash_type="SHA256"),),
                    ip_capture_event=_posting(revision),
                    device_id=p.devices(_uploads(revision), notes),
                    details=(m.Details(name_value_pair=_pairs(ad, revision)),),
                    additional_info=(_words_line(ad, revision),),
                ),
            )


def _words_line(ad: f.AdFacts, revision: f.RevisionFacts) -> str:
    which = "the current one" if revision is ad.current else "an earlier one"
    return f"Words of ad {ad.external_id}, revision {revision.number} ({which}), as submitted"


def _pairs(ad: f.AdFacts, revision: f.RevisionFacts) -> tuple[m.NameValuePair, ...]:
    told = {
        "external id": ad.external_id,
        "record": ad.ad,
        "revision": str(revision.number),
        "account": p.account_of(ad, revision),
        "received at": revision.received_at.spelled(),
        "spooled at": revision.spooled_at.spelled() if revision.spooled_at else None,
        "section": revision.section,
        "place": said(revision.place),
        "language": revision.language,
        "provenance": revision.provenance,
        "source": revision.source,
    }
    return tuple(m.NameValuePair(name=name, value=value) for name, value in told.items() if value)


def _location(ad: f.AdFacts, revision: f.RevisionFacts, notes: Notes) -> str | None:
    urls = [one.url for one in revision.placements if one.url]
    return notes.url(f"ad {ad.external_id}: address", urls[0]) if urls else None


def _uploads(revision: f.RevisionFacts) -> list[f.ConnectionFacts]:
    return [one for one in revision.connections if one.event is f.ConnectionEvent.UPLOAD]


def _posting(revision: f.RevisionFacts) -> m.IpCaptureEvent | None:
    events = (p.ip_event(one) for one in _uploads(revision))
    return next((event for event in events if event is not None), None)


def _contact_file(case: f.CaseFacts) -> tuple[FileToSend, ...]:
    rows = _contact_rows(case)
    if not rows:
        return ()
    out = io.StringIO()
    table = csv.writer(out, dialect="excel-tab", lineterminator="\n")
    table.writerow(["of", "origin", "kind", "value", "verified at or technique"])
    table.writerows(rows)
    told = "Made by the reporting system: every contact of the accounts and of the ads' words"
    return (_made(case, CONTACTS_NAME, out.getvalue(), told),)


def _made_of(case: f.CaseFacts, name: str, text: str | None, what: str) -> tuple[FileToSend, ...]:
    return (
        () if text is None else (_made(case, name, text, f"Made by the reporting system: {what}"),)
    )


def _contact_rows(case: f.CaseFacts) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = []
    for party in p.parties(case):
        for email in party.emails:
            at = email.verified_at.spelled() if email.verified_at else ""
            rows.append([party.label, "account", "email", email.address, at])
        for phone in party.phones:
            at = phone.verified_at.spelled() if phone.verified_at else ""
            rows.append([party.label, "account", "phone", phone.number, at])
        rows += [[party.label, "account", "profile", url, ""] for url in party.profile_urls]
        for contact in party.contacts:
            rows.append(
                [party.label, "words", contact.kind, contact.value, contact.technique or ""]
            )
    for link in case.links:
        known = ", ".join((*link.ads, *link.accounts))
        rows.append([known, "shared", link.kind, link.value, link.reason])
    return rows


def _attachment_files(case: f.CaseFacts, notes: Notes) -> Iterable[FileToSend]:
    """Each distinct digest once, described by its first standing; further ones are listed."""
    standings: dict[str, list[tuple[f.AdFacts, f.RevisionFacts, f.AttachmentFacts]]] = {}
    for ad in case.ads:
        for revision in reversed(ad.revisions):
            for one in revision.attachments:
                if one.stored:
                    standings.setdefault(one.sha256, []).append((ad, revision, one))
    for place, (digest, found) in enumerate(standings.items(), start=1):
        yield _attachment_file(case, place, digest, found, notes)


def _attachment_file(
    case: f.CaseFacts,
    place: int,
    digest: str,
    found: Sequence[tuple[f.AdFacts, f.RevisionFacts, f.AttachmentFacts]],
    notes: Notes,
) -> FileToSend:
    ad, revision, first = found[0]
    given = (first.media_type or "").strip().lower()
    media_type = given if _MEDIA_TYPE.fullmatch(given) else "application/octet-stream"
    reported = any(one is a.current for a, one, _ in found)
    where = f"attachment {digest}"
    url = notes.url(f"{where}: address", first.url)
    return FileToSend(
        name=f"attachment-{place:02}{_ENDINGS.get(media_type, '.bin')}",
        media_type=media_type,
        source=Stored(sha256=digest),
        sha256=digest,
        description=m.FileDescription(
            original_file_name=notes.fit(f"{where}: name", first.original_name, 2056),
            uploaded_to_esp_timestamp=first.uploaded_at,
            location_of_file=url or _location(ad, revision, notes),
            file_viewed_by_esp=digest in case.viewed,
            publicly_available=any(public(one, case) for _, one, _ in found),
            file_relevance=FileRelevance.REPORTED if reported else FileRelevance.SUPPLEMENTAL,
            original_file_hash=(m.OriginalFileHash(text=digest, hash_type="SHA256"),),
            ip_capture_event=_posting(revision),
            device_id=p.devices(_uploads(revision), notes),
            details=_exif(first, notes),
            additional_info=tuple(
                cut_line
                for standing in found
                if (cut_line := notes.fit(where, standing_line(*standing))) is not None
            ),
        ),
    )


def _exif(one: f.AttachmentFacts, notes: Notes) -> tuple[m.Details, ...]:
    """What the original bytes say of themselves: camera, time, place."""
    where = f"attachment {one.sha256}: EXIF"
    pairs = tuple(
        m.NameValuePair(name=cut(told.name, EXIF_NAME_MAX), value=shown)
        for told in one.exif
        if told.name.strip() and (shown := notes.fit(where, told.value)) is not None
    )
    return (m.Details(type=DetailsType.EXIF, name_value_pair=pairs),) if pairs else ()


def standing_line(ad: f.AdFacts, revision: f.RevisionFacts, one: f.AttachmentFacts) -> str:
    """Where an attachment stood, and all the site said of it."""
    told = {
        "named": one.original_name,
        "media type": one.media_type,
        "uploaded at": one.uploaded_at.spelled() if one.uploaded_at else None,
        "address": one.url,
    }
    said_of_it = "".join(f", {key} {one_line(value)}" for key, value in told.items() if value)
    missing = "" if one.stored else ", its bytes were not delivered to us"
    if one.unreadable:
        missing = ", its bytes were delivered to us and cannot be read any more"
    return (
        f"Attachment of ad {ad.external_id}, revision {revision.number}: "
        f"SHA256 {one.sha256}{said_of_it}{missing}"
    )


def _made(case: f.CaseFacts, name: str, text: str, told: str) -> FileToSend:
    content = text.encode("utf-8", "backslashreplace")
    digest = sha256(content)
    return FileToSend(
        name=name,
        media_type=TEXT,
        source=Inline(content=content),
        sha256=digest,
        description=m.FileDescription(
            file_viewed_by_esp=digest in case.viewed,
            publicly_available=False,
            file_relevance=FileRelevance.SUPPLEMENTAL,
            original_file_hash=(m.OriginalFileHash(text=digest, hash_type="SHA256"),),
            additional_info=(told,),
        ),
    )
