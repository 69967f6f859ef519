"""The words of a cover letter: who writes to whom, by which law, what is in it. No ad's word."""

from dataclasses import dataclass

from answerable.adapters.destinations.letter import Letter
from answerable.kernel.time import Millis, iso
from answerable.reports.document.facts import EspFacts
from answerable.reports.model import Duty
from answerable.reports.routes import Route

TEST = "TEST. This report is made up. Nobody is in danger; nothing is to be done."
CONTENTS = (
    "report.xml is the report in the form of NCMEC's CyberTipline, byte for byte as it was written "
    "down. It names the ads with their addresses, the account, contacts and connections with port "
    "and time zone, what was done, and why it is suspected. Your law asks for:"
)
HELD = "What we hold of this is in the report; what is not there we do not hold."
CHECK = "manifest.json lists every file with its SHA-256. manifest.sig signs that with the key"
WORDS = (
    "Words are as the advertiser submitted them; nothing was edited. This letter prints Latin "
    "letters only: cover-letter.txt and report.xml hold every word."
)
PLEASE = (
    "Keep this from the account and its holder: nobody outside has been told that a report exists."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the letter speaks of. `files`: name and SHA-256 of each."""

    esp: EspFacts
    duty: Duty
    decided: Millis
    tipline_id: str | None
    xml_sha256: str
    files: tuple[tuple[str, str], ...]
    key_name: str
    key: str


def cover_letter(about: About, route: Route) -> Letter:
    """The same report for the same authority is the same letter: it names no day of its own."""
    duty, esp = about.duty, about.esp
    sender = [
        ("Service", esp.platform),
        ("E-mail", esp.reporter.email),
        ("Telephone", esp.reporter.phone or "none given"),
        ("Legal process", esp.legal_url or "by e-mail"),
    ]
    ncmec = about.tipline_id or "not finished when this was made"
    subject = [
        ("Our report", duty.id),
        ("Our case", duty.case),
        ("NCMEC CyberTipline report", ncmec),
        ("Decided", iso(about.decided)),
        ("Urgent", "yes: a child may be in danger now" if duty.urgent else "no"),
    ]
    wanted = tuple(f"- {one}" for one in route.must_hold)
    listed = (("report.xml", about.xml_sha256), *about.files)
    digests = tuple((name, f"SHA-256 {digest}") for name, digest in listed)
    return Letter(
        title="Report of suspected child sex trafficking in an advertisement",
        parts=(
            *((("TEST", (TEST,)),) if duty.synthetic else ()),
            ("To", (("Authority", route.name), ("Law", route.law))),
            ("From", tuple(sender)),
            ("About", tuple(subject)),
            ("What is in it", (CONTENTS, *wanted, HELD, *digests)),
            ("How to check it", (f"{CHECK} {about.key_name}:", about.key, WORDS)),
            ("Please", (PLEASE,)),
        ),
    )
