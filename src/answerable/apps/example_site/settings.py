"""The example site's settings, from the environment."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class SiteSettings(BaseSettings):
    """`ANSWERABLE_URL` is the API; the token is read from a file, never from the environment."""

    model_config = SettingsConfigDict(env_prefix="ANSWERABLE_", frozen=True, extra="ignore")

    url: str = "http://127.0.0.1:8080"
    token_file: Path = Path("site-token")
    site_port: int = 8100
    site_db: Path = Path("site.sqlite3")
    site_disobey: bool = False
    """Acknowledge a hide and keep the ad up: what a test has to find out."""

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.site_port}"
