"""A demo home with its example site, up, and empty: the story in it is told by the test."""

import json
from importlib import resources
from pathlib import Path
from typing import Any

from tests.installation import Installation

from answerable.access.model import Scope
from answerable.apps.founding import founder
from answerable.apps.home import Home, write_private
from answerable.apps.wiring import House
from answerable.kernel.ids import ActorId


class DemoInstallation(Installation):
    """`answerable up` over a synthetic home: app, signer, receiver and example site."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        super().__init__(folder, synthetic=True, **settings)
        self.example_site = f"http://127.0.0.1:{self.settings.site_port}"
        self.receiver = f"http://127.0.0.1:{self.settings.receiver_port}"

    def prepare(self, house: House) -> None:
        """What `answerable run` prepares, but nothing to load: the mark says that it is done."""
        home, origin = Home(self.home.resolve()), f"http://127.0.0.1:{self.settings.site_port}"
        both = frozenset({Scope.INTAKE, Scope.DIRECTIVES})
        _, token = house.create_token(house.site, founder(house), "example site", both)
        write_private(home.site_token, token.open() + "\n")
        house.register_origin(house.site, origin, f"{origin}/api/ads/{{external_id}}")
        owners = resources.files("answerable.apps.demo").joinpath("ownership.json").read_bytes()
        house.publish_ownership(house.site, owners, ActorId("system:test"))
        write_private(home.demo_mark, json.dumps({"loaded": True}))
