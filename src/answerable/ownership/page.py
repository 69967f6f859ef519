"""A resolution as plain values for a page or a file: text, lists and maps; no HTML, no floats.

Nobody's birth date, address or identifier is in them: the page shows names, shares and chains.
"""

from answerable.kernel.canonical import Json
from answerable.ownership.chains import Chain, End, Gap
from answerable.ownership.graph import Sure, Way
from answerable.ownership.model import InterestType, Span
from answerable.ownership.resolve import Holder, Resolution

REASONS = {
    "noBeneficialOwners": "there is no beneficial owner, the file says",
    "subjectUnableToConfirmOrIdentifyBeneficialOwner": (
        "the entity could not confirm or identify its beneficial owner"
    ),
    "interestedPartyHasNotProvidedInformation": "who holds it has not given the information",
    "subjectExemptFromDisclosure": "the entity is exempt from disclosure",
    "interestedPartyExemptFromDisclosure": "who holds it is exempt from disclosure",
    "unknown": "unknown, the file says",
    "informationUnknownToPublisher": "unknown to whoever published the file",
    "noHolderStated": "the file names nobody who holds it",
    "nominatorNotStated": "held for somebody else, and the file does not say for whom",
    "personNotNamed": "a person who is not named, without a reason",
    "holderRecordClosed": "the record of who holds it was closed while the holding goes on",
    "sharesNotAccountedFor": "shares that nobody in the file holds",
    "loopWithoutEnd": "entities that hold each other, and nobody behind them",
}
"""Every reason a gap can have: the codes of BODS 0.4 and ours, in words."""

INTERESTS = {
    InterestType.SHAREHOLDING: "shares",
    InterestType.VOTING_RIGHTS: "votes",
    InterestType.APPOINTMENT_OF_BOARD: "right to appoint the board",
    InterestType.OTHER_INFLUENCE_OR_CONTROL: "other influence or control",
    InterestType.SENIOR_MANAGING_OFFICIAL: "senior manager",
    InterestType.SETTLOR: "settlor",
    InterestType.TRUSTEE: "trustee",
    InterestType.PROTECTOR: "protector",
    InterestType.BENEFICIARY_OF_LEGAL_ARRANGEMENT: "beneficiary",
    InterestType.RIGHTS_TO_SURPLUS_ASSETS_ON_DISSOLUTION: "right to what is left on dissolution",
    InterestType.RIGHTS_TO_PROFIT_OR_INCOME: "right to profit or income",
    InterestType.RIGHTS_GRANTED_BY_CONTRACT: "rights by contract",
    InterestType.CONDITIONAL_RIGHTS_GRANTED_BY_CONTRACT: "conditional rights by contract",
    InterestType.CONTROL_VIA_COMPANY_RULES_OR_ARTICLES: "control by the company's own rules",
    InterestType.CONTROL_BY_LEGAL_FRAMEWORK: "control by law",
    InterestType.BOARD_MEMBER: "member of the board",
    InterestType.BOARD_CHAIR: "chair of the board",
    InterestType.UNKNOWN_INTEREST: "an interest that is not known",
    InterestType.UNPUBLISHED_INTEREST: "an interest that is not published",
    InterestType.ENJOYMENT_AND_USE_OF_ASSETS: "use of assets",
    InterestType.RIGHT_TO_PROFIT_OR_INCOME_FROM_ASSETS: "right to income from assets",
    InterestType.NOMINEE: "nominee",
    InterestType.NOMINATOR: "nominator",
}

ENDS = {
    End.PERSON: "person",
    End.STATE: "state or state body",
    End.LISTED: "listed company",
}
CONTROL = {Sure.YES: "yes", Sure.POSSIBLE: "possible", Sure.NO: "no"}


def to_page(resolution: Resolution) -> dict[str, Json]:
    """Everything the public page says, as plain values; all strings are the file's or ours."""
    counted = [row for row in resolution.holders if row.counts is not Sure.NO]
    below = [row for row in resolution.holders if row.counts is Sure.NO]
    return {
        "subject": {"record": resolution.subject, "name": resolution.name},
        "on": resolution.on.isoformat(),
        "threshold": Span(low=resolution.threshold, high=resolution.threshold).percent(),
        "publishers": list(resolution.publishers),
        "published": resolution.published,
        "statements": resolution.statements,
        "owners": [_holder(row, resolution) for row in counted],
        "others": [_holder(row, resolution) for row in below],
        "gaps": [_gap(gap) for gap in resolution.gaps],
        "nominees": [
            {"name": row.name, "record": row.record, "arrangement": row.arrangement}
            for row in resolution.nominees
        ],
        "loops": [list(loop) for loop in resolution.loops],
        "chains": [_chain(chain) for chain in resolution.chains],
        "chains_left_out": resolution.chains_left_out,
        "notes": list(resolution.notes),
        "complete": not resolution.gaps and not resolution.loops,
    }


def _share(span: Span) -> dict[str, Json]:
    return {"percent": span.percent(), "exact": span.exact()}


def _holder(row: Holder, resolution: Resolution) -> dict[str, Json]:
    is_subject = row.record == resolution.subject
    return {
        "record": row.record,
        "name": row.name,
        "kind": ENDS[row.end],
        "shares": None if is_subject else _share(row.own),
        "votes": None if is_subject else _share(row.votes),
        "control": None if is_subject else CONTROL[row.control],
        "control_by_contract": row.by_contract,
        "with_contract_rights": _share(row.with_rights) if row.by_contract else None,
        "declared": row.declared,
        "counts": CONTROL[row.counts],
        "ways": [way_text(way) for way in row.ways],
    }


def _gap(gap: Gap) -> dict[str, Json]:
    return {
        "record": gap.at,
        "name": gap.at_name,
        "reason": gap.reason,
        "text": REASONS[gap.reason],
        "stated": gap.stated,
        "description": gap.description,
        "share": None if gap.share is None else _share(gap.share),
    }


def _chain(chain: Chain) -> dict[str, Json]:
    return {
        "end": "gap" if chain.end is None else ENDS[chain.end],
        "steps": [
            {
                "holder": step.holder_name,
                "subject": step.subject_name,
                "ways": [way_text(way) for way in step.ways],
            }
            for step in chain.steps
        ],
    }


def way_text(way: Way) -> str:
    """One interest in words: `shares: 30 %, indirect`."""
    what = "an interest that is not stated" if way.type is None else INTERESTS[way.type]
    share = "" if way.share is None else f": {way.share.percent()}"
    return f"{what}{share}{', indirect' if way.indirect else ''}"
