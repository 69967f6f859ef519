"""An empty folder becomes a demo home: site, staff with random passwords, token, origin, owner."""

import json
import secrets
from importlib import resources

from answerable.access.model import Role, Scope
from answerable.apps.founding import founder, make_home
from answerable.apps.home import Home, write_private
from answerable.apps.settings import Settings
from answerable.apps.wiring import House
from answerable.kernel.errors import Refusal
from answerable.kernel.ids import ActorId
from answerable.kernel.sealed import Sealed

STAFF = (
    ("ana", "Ana, reviewer", Role.REVIEWER),
    ("ben", "Ben, reviewer", Role.REVIEWER),
    ("cleo", "Cleo, senior reviewer", Role.SENIOR),
)
PASSWORD_BYTES = 12


def prepare(settings: Settings) -> None:
    """Make the demo home. Raises Refusal where a home that is no demo stands there."""
    home = Home(settings.home.resolve())
    if home.exists() and not home.demo_mark.exists():
        raise Refusal(f"{home.root} is a home, and not a demo's; choose another folder")
    house = make_home(settings, synthetic=True)
    try:
        if not home.demo_log_ins.exists():
            write_private(home.demo_log_ins, _staff(house))
        if not home.site_token.exists():
            both = frozenset({Scope.INTAKE, Scope.DIRECTIVES})
            _, token = house.create_token(house.site, founder(house), "example site", both)
            write_private(home.site_token, token.open() + "\n")
        if not house.serve.served(house.site):
            house.serve(house.site, founder(house), ["US"], "the demo's ads are read there")
        origin = f"http://127.0.0.1:{settings.site_port}"
        house.register_origin(house.site, origin, f"{origin}/api/ads/{{external_id}}")
        owners = resources.files("answerable.apps.demo").joinpath("ownership.json").read_bytes()
        house.publish_ownership(house.site, owners, ActorId("system:demo"))
        write_private(home.demo_mark, json.dumps({"loaded": False}))
    finally:
        house.close()


def _staff(house: House) -> str:
    lines = ["demo log-ins (password):"]
    for login, name, role in STAFF:
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        house.create_staff(
            house.site,
            founder(house),
            login=login,
            name=name,
            organisation="site",
            roles=frozenset({role}),
            password=Sealed(password, label="demo password"),
        )
        lines.append(f"  {login:<6} {password}   {name}")
    return "\n".join(lines) + "\n"


def passwords(settings: Settings) -> dict[str, str]:
    """The demo's log-ins, read back from the home."""
    text = Home(settings.home.resolve()).demo_log_ins.read_text("utf-8")
    rows = (line.split() for line in text.splitlines()[1:])
    return {row[0]: row[1] for row in rows if len(row) >= 2}
