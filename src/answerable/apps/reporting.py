"""Wiring of reporting: which CyberTipline a site reports to, and who we are there."""

from collections.abc import Callable

from answerable.adapters.cybertipline.client import Timeouts, TiplineClient
from answerable.apps.settings import Settings
from answerable.kernel.errors import Refusal
from answerable.kernel.sealed import Sealed
from answerable.reports import tipline
from answerable.reports.document.facts import EspFacts, EspPerson


def configured_client(settings: Settings) -> TiplineClient:
    """The CyberTipline that the operator named, or the local receiver where none was named."""
    return _client(
        settings,
        settings.tipline_base,
        settings.tipline_user,
        settings.tipline_password,
        real=settings.tipline_real,
    )


def _client(
    settings: Settings, base: str, user: str, password: str, *, real: bool
) -> TiplineClient:
    seconds = settings.tipline_seconds
    return TiplineClient(
        base_url=base,
        username=user,
        password=Sealed(password, label="CyberTipline password"),
        allow_real=real,
        timeouts=Timeouts(connect=seconds / 2, read=seconds / 2, write=seconds / 2, whole=seconds),
    )


def far_sides(settings: Settings) -> Callable[[bool], tuple[tipline.CyberTipline, str]]:
    """Synthetic sites report to the local receiver for good; others where the operator says."""

    if settings.lease_ms <= 2 * settings.tipline_seconds * 1000:
        raise Refusal("the lease must outlive two of the CyberTipline's time-outs")
    local = f"http://127.0.0.1:{settings.receiver_port}/ispws"
    configured = configured_client(settings)
    receiver = _client(settings, local, "test", "test", real=False)

    def choose(synthetic: bool) -> tuple[tipline.CyberTipline, str]:
        return (receiver, local) if synthetic else (configured, settings.tipline_base)

    return choose


def esp_facts(settings: Settings) -> EspFacts:
    """Who we are, as reporter."""
    return EspFacts(
        platform=settings.esp_platform,
        reporter=EspPerson(email=settings.esp_email, phone=settings.esp_phone or None),
        service=settings.esp_service or None,
        contact=_contact(settings),
        company_template=settings.esp_company or None,
        terms_of_service=settings.esp_terms or None,
        legal_url=settings.esp_legal_url or None,
    )


def _contact(settings: Settings) -> EspPerson | None:
    """Whom officers ask. The last word of a name is taken for the family's."""
    if not settings.esp_contact_email:
        return None
    first, _, last = settings.esp_contact_name.strip().rpartition(" ")
    return EspPerson(
        email=settings.esp_contact_email,
        first_name=first or None,
        last_name=last or None,
        phone=settings.esp_contact_phone or None,
    )
