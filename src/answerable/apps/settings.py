"""Settings: environment variables `ANSWERABLE_*`, each with a default that is safe on a laptop."""

from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from answerable.kernel.time import MINUTE, SECOND
from answerable.reports.document.values import Profile


class Settings(BaseSettings):
    """What an operator may set. Lengths of time in milliseconds unless the name says otherwise."""

    model_config = SettingsConfigDict(env_prefix="ANSWERABLE_", frozen=True, extra="ignore")

    home: Path = Path(".answerable")
    site: str = "main"
    """The site's name in a new home; fixed when the home is made."""
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65_535)
    receiver_port: int = Field(default=8090, ge=1, le=65_535)
    site_port: int = Field(default=8100, ge=1, le=65_535)
    public_url: str = ""
    """How outsiders reach the app; default http://HOST:PORT."""

    database: str = ""
    """`postgresql://…`, or empty for SQLite in the home."""

    objects_bucket: str = ""
    """Name of an S3 bucket for files; empty for files in the home."""
    objects_endpoint: str = ""
    objects_region: str = "us-east-1"
    objects_key_id: str = ""
    objects_secret: str = ""
    """Empty: as the machine's own S3 environment says (a role, a profile, `AWS_…`)."""

    jurisdictions: str = "US,GB,CA"
    """Countries whose lengths of preservation bind this site (docs/preservation.md)."""
    lives: dict[str, int] = {}
    """Days that a data class lives instead of its declared life: `ad_text`, `connections`,
    `alert_text`, as JSON."""

    log_host: str = "localhost"
    """First part of the log's origin; fixed when the home is made."""

    tipline_url: str = ""
    """The CyberTipline's base URL; empty for the local receiver. Any real host needs
    `tipline_real=true` as well."""
    tipline_user: str = "test"
    tipline_password: str = "test"  # noqa: S105 - the local receiver's, printed on every page
    tipline_real: bool = False
    tipline_seconds: float = Field(default=30.0, ge=0.5, le=300)
    tipline_route: Literal["api", "by_hand"] = "api"
    """by_hand: people file on NCMEC's public form until the site's credentials have come."""
    tipline_profile: Profile = Profile.NOV_2025
    """The edition of NCMEC's schema that reports are made for: `2025-11`, or `newer`."""

    pack: Path | None = None
    """A rule pack's folder; empty for the demonstration pack."""

    lease_ms: int = Field(default=75 * SECOND, ge=1, le=15 * MINUTE)
    """Longer than any call that is made under it: more than twice `tipline_seconds`. Nobody takes
    over a dead worker's report before it ends."""
    undo_ms: int = Field(default=5 * MINUTE, ge=0, le=30 * MINUTE)
    """How long a non-urgent report waits for its reviewer's undo."""
    facts_ms: int = Field(default=29 * MINUTE, ge=0, le=30 * MINUTE)
    """How long it waits at most for facts that the site was asked for; an urgent one does not. A
    minute under the half hour within which it is to be finished; more than that can't be set."""
    up_within_ms: int = 15 * MINUTE
    down_within_ms: int = 5 * MINUTE
    """How long the site has to obey a directive before it is overdue."""
    sweep_ms: int = Field(default=5 * SECOND, ge=1, le=MINUTE)
    flood_window_ms: int = Field(default=10 * MINUTE, ge=1)
    flood_site: int = Field(default=60, ge=1)
    flood_account: int = Field(default=20, ge=1)
    """More unverified alerts than this in a window, on the site or on one advertiser, are a flood:
    those that name no fact wait up to 15 minutes for a person before they hide."""
    webhook_url: str = ""
    webhook_secret: str = ""

    facts_url: str = ""
    facts_secret: str = ""
    """A signed webhook of the site that hears what is asked of it for a report; empty for none."""

    alarm_url: str = ""
    alarm_secret: str = ""
    """A signed webhook of the operator that hears every bell of a clock; empty for none."""
    smtp_host: str = ""
    """The mail server for bells; empty for no mail."""
    smtp_port: int = Field(default=587, ge=1, le=65_535)
    smtp_tls: str = "starttls"
    """starttls, tls, or none (this machine only)."""
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_from: str = ""
    posters_url: str = ""
    """Base URL of NCMEC's Poster API, https; empty: no posters are read."""
    posters_client_id: str = ""
    posters_client_secret: str = ""

    esp_platform: str = "Answerable demo site"
    esp_email: str = "safety@example.com"
    esp_phone: str = "+12025550100"
    esp_service: str = ""
    """Which of the operator's products this site is, where there are several."""
    esp_company: str = ""
    """Standing text for officers: postal address, fax, how to serve process, how long is kept."""
    esp_contact_name: str = ""
    esp_contact_email: str = ""
    esp_contact_phone: str = ""
    """A person or desk for law enforcement, where it is another than the reporter's mailbox."""
    esp_terms: str = ""
    esp_legal_url: str = ""
    exit_url: str = "https://example.org/"
    """Where the quick exit of the alert page goes: somewhere nobody would wonder about."""
    hotlines: Path | None = None
    """A file of hotlines that the alert page shows; empty for example numbers."""
    emergency: Path | None = None
    """A file of the police numbers that staff call; empty: `emergency.toml` in the home, if there,
    else example numbers."""

    @cached_property
    def binding(self) -> frozenset[str]:
        """`jurisdictions` as a set."""
        named = (name.strip().upper() for name in self.jurisdictions.split(","))
        return frozenset(name for name in named if name)

    @cached_property
    def base_url(self) -> str:
        return self.public_url or f"http://{self.host}:{self.port}"

    @cached_property
    def tipline_base(self) -> str:
        return self.tipline_url or f"http://127.0.0.1:{self.receiver_port}/ispws"
