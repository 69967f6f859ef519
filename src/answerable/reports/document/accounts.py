"""reports.document.accounts: the reported account, and the accounts that belong with it.

The documentation takes one reported person a report: it is the account behind the first ad. Further
accounts of the incident, accounts that share a contact, and payments stand as associated accounts.
"""

from collections.abc import Sequence

from answerable.reports.document import facts as f
from answerable.reports.document import model as m
from answerable.reports.document import parties as p
from answerable.reports.document.notes import Notes, one_line
from answerable.reports.document.values import AssociatedType


def reported(case: f.CaseFacts, notes: Notes) -> m.PersonOrUserReported:
    """The account behind the first ad, with everything known to belong to it."""
    main, *others = p.parties(case)
    extra = _account_lines(main)
    phones, emails = p.contacts(main, extra)
    events = p.ip_events(main.connections, extra)
    suspended, closed = _measures(case, main)
    where = f"report, {main.label}"
    extra += [*(_link_line(link) for link in case.links), _ads_line(main)]
    return m.PersonOrUserReported(
        person_or_user_reported_person=m.Person(phone=phones, email=emails),
        esp_identifier=notes.fit(f"{where}: id", main.id, 255),
        esp_service=notes.fit(f"{where}: service", case.esp.service, 100),
        display_name=tuple(name for name in main.names if name.strip()),
        profile_url=_profile_urls(main, notes),
        ip_capture_event=events,
        device_id=p.devices(main.connections, notes),
        prior_ct_reports=case.prior_reports,
        group_identifier=notes.fit(f"{where}: network", case.network, 255),
        account_temporarily_disabled=suspended,
        account_permanently_disabled=closed,
        estimated_location=p.location(main.place, main.place_at, notes),
        all_emails_reported=_all_emails(main, emails),
        associated_account=(
            *(bill for party in (main, *others) for bill in _billing(party, notes)),
            *(_other(case, party, notes) for party in others),
            *_linked(case, (main, *others), notes),
        ),
        additional_info=notes.lines(where, extra),
    )


def victims(case: f.CaseFacts, notes: Notes) -> tuple[m.Victim, ...]:
    """What the decision says is known about the child; nothing is inferred."""
    known = case.decision.victim
    if known is None:
        return ()
    extra = [f"Told by: {one_line(known.origin)}"] if known.origin else []
    age = known.age if known.age is not None and 0 <= known.age <= 150 else None
    if age != known.age:
        extra.append(f"Age as told: {known.age}")
    place = p.place_line(known.place)
    phones = [m.Phone(text=one) for one in known.phones]
    emails = [m.Email(text=one) for one in known.emails]
    extra += [place, *(f"Contact: {one_line(one)}" for one in (*known.phones, *known.emails))]
    return (
        m.Victim(
            victim_person=m.Person(
                first_name=notes.fit("child: first name", known.first_name, 100),
                last_name=notes.fit("child: last name", known.last_name, 100),
                phone=tuple(one for one in phones if not p.too_long(one, 50)),
                email=tuple(one for one in emails if not p.too_long(one, 255)),
                age=age,
            ),
            screen_name=notes.fit("child: screen name", known.screen_name, 256),
            school_name=notes.fit("child: school", known.school_name, 255),
            estimated_location=p.location(known.place, None, notes),
            additional_info=notes.lines("child", extra),
        ),
    )


def _account_lines(party: p.Party) -> list[str]:
    lines = [f"{party.label[0].upper()}{party.label[1:]}"]
    lines += [f"Account created at {at.spelled()}" for at in party.created]
    return [*lines, p.place_line(party.place)]


def _ads_line(party: p.Party) -> str:
    return f"Its ads in this report: {', '.join(party.ads)}"


def _all_emails(party: p.Party, emails: Sequence[m.Email]) -> bool | None:
    if not party.emails:
        return None
    return {one.address for one in party.emails} <= {one.text for one in emails}


def _profile_urls(party: p.Party, notes: Notes) -> tuple[str, ...]:
    found = (notes.url(f"{party.label}: profile", url) for url in party.profile_urls)
    return p.unique(url for url in found if url is not None)


def _measures(
    case: f.CaseFacts, party: p.Party
) -> tuple[m.TemporarilyDisabled | None, m.PermanentlyDisabled | None]:
    """The latest suspension and closing of the account; None where there was none."""
    suspended, closed = None, None
    for action in sorted(case.actions, key=lambda one: one.at.at):
        if action.account is None or action.account != party.id:
            continue
        if action.kind is f.ActionKind.ACCOUNT_SUSPENDED:
            suspended = m.TemporarilyDisabled(
                value=True,
                disabled_date=action.at,
                user_notified=action.notified,
                user_notified_date=action.notified_at,
                reenabled_date=action.until,
            )
        elif action.kind is f.ActionKind.ACCOUNT_CLOSED:
            closed = m.PermanentlyDisabled(
                value=True,
                disabled_date=action.at,
                user_notified=action.notified,
                user_notified_date=action.notified_at,
            )
    return suspended, closed


def _billing(party: p.Party, notes: Notes) -> tuple[m.AssociatedAccount, ...]:
    """Each payment: the schema has no payment element, so it stands as a billing account."""
    return tuple(_bill(party, one, notes) for one in party.payments)


def _bill(party: p.Party, paid: p.Payment, notes: Notes) -> m.AssociatedAccount:
    payment, where = paid.payment, f"payment for {', '.join(paid.ads)}"
    told = {
        "Amount": payment.amount,
        "Last digits": payment.last4,
        "Paid at": payment.at.spelled() if payment.at else None,
        "Payer's name as given": payment.payer_name,
        "Merchant of record": payment.merchant_of_record,
        "Processor": payment.processor,
        "Payer or card token at the processor": payment.token,
    }
    extra = [f"{name}: {one_line(value)}" for name, value in told.items() if value]
    extra.append(f"Payment by {party.label} for ads {', '.join(paid.ads)}")
    platform = notes.fit(f"{where}: processor", payment.processor, 256)
    return m.AssociatedAccount(
        type=AssociatedType.BILLING,
        platform=m.Platform(text=platform) if platform else None,
        esp_identifier=notes.fit(f"{where}: token", payment.token, 255),
        display_name=(payment.payer_name,) if payment.payer_name else (),
        ip_capture_event=p.ip_events(paid.connections, extra),
        device_id=p.devices(paid.connections, notes),
        additional_info=notes.lines(where, extra),
    )


def _other(case: f.CaseFacts, party: p.Party, notes: Notes) -> m.AssociatedAccount:
    """A further account behind ads of this very incident."""
    where = f"report, {party.label}"
    extra = ["Behind ads of this same incident", *_account_lines(party)]
    phones, emails = p.contacts(party, extra)
    events = p.ip_events(party.connections, extra)
    suspended, closed = _measures(case, party)
    links = (_link_line(link) for link in case.links if party.id in link.accounts)
    extra += [*links, _ads_line(party)]
    return m.AssociatedAccount(
        type=AssociatedType.LINKED,
        phone=phones,
        email=emails,
        all_emails_reported=_all_emails(party, emails),
        esp_service=notes.fit(f"{where}: service", case.esp.service, 100),
        esp_identifier=notes.fit(f"{where}: id", party.id, 255),
        profile_url=_profile_urls(party, notes),
        display_name=tuple(name for name in party.names if name.strip()),
        group_identifier=notes.fit(f"{where}: network", case.network, 255),
        account_temporarily_disabled=suspended,
        account_permanently_disabled=closed,
        ip_capture_event=events,
        device_id=p.devices(party.connections, notes),
        additional_info=notes.lines(where, extra),
    )


def _linked(
    case: f.CaseFacts, inside: Sequence[p.Party], notes: Notes
) -> tuple[m.AssociatedAccount, ...]:
    """Accounts outside the incident that share a contact with it, each with all its reasons."""
    known = {party.id for party in inside}
    reasons: dict[str, list[str]] = {}
    for link in case.links:
        for account in link.accounts:
            if account not in known and account.strip():
                reasons.setdefault(account, []).append(_link_line(link))
    return tuple(
        m.AssociatedAccount(
            type=AssociatedType.LINKED,
            esp_service=notes.fit("linked account: service", case.esp.service, 100),
            esp_identifier=notes.fit("linked account: id", account, 255),
            additional_info=notes.lines(f"linked account {account}", [f"Account {account}", *why]),
        )
        for account, why in reasons.items()
    )


def _link_line(link: f.LinkFacts) -> str:
    ads = f" ads {', '.join(link.ads)}" if link.ads else ""
    accounts = f" accounts {', '.join(link.accounts)}" if link.accounts else ""
    return f"Shared {link.kind} {one_line(link.value)}:{ads}{accounts}: {one_line(link.reason)}"
