"""`python -m answerable.apps.api`: the app process. Settings come from the environment."""

import logging
import os
import sys

import structlog

from answerable.apps.alert_page.wiring import alert_routes
from answerable.apps.api.app import create_app
from answerable.apps.console.wiring import console_routes
from answerable.apps.founding import make_home
from answerable.apps.home import Home
from answerable.apps.public.pages import public_routes
from answerable.apps.serving import end_when_orphaned, serve
from answerable.apps.settings import Settings
from answerable.kernel.errors import Refusal, SafetyError
from answerable.kernel.hosts import is_loopback


def main() -> int:
    """Exit codes: 0 ended by a signal, 1 could not start."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    for chatty in ("httpx", "httpcore", "alembic"):  # the first would log ads' addresses
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(logger_factory=structlog.stdlib.LoggerFactory())
    settings = Settings()
    parent = os.environ.get("ANSWERABLE_PARENT")
    if parent:
        end_when_orphaned(int(parent))
    try:
        facts = Home(settings.home.resolve()).facts()
        if facts.synthetic and not is_loopback(settings.host):
            raise Refusal("a synthetic site binds loopback only")
        checked = os.environ.get("ANSWERABLE_PACK_CHECKED", "")
        house = make_home(settings, synthetic=facts.synthetic, checked=checked)
        app = create_app(house, holder="app", more=(alert_routes, console_routes, public_routes))
        serve(app, settings.host, settings.port, on_exit=app.state.let_go)
        house.close()
    except SafetyError as fault:
        sys.stderr.write(f"app: {fault}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
