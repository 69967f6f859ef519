"""`python -m answerable.apps.example_site`: the example site as a process of its own."""

import argparse
import logging
import os
import sys

from answerable.adapters.clock import SystemTime
from answerable.apps.example_site.app import ExampleSite
from answerable.apps.example_site.settings import SiteSettings
from answerable.apps.serving import end_when_orphaned, serve
from answerable.kernel.errors import SafetyError


def main(arguments: list[str] | None = None) -> int:
    """Exit codes: 0 ended by a signal, 1 could not start."""
    parser = argparse.ArgumentParser(description="A small site where people post ads.")
    parser.add_argument("--disobey", action="store_true", help="say yes to a hide, keep the ad up")
    asked = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="site: %(message)s", stream=sys.stderr)
    settings = SiteSettings()
    if asked.disobey:
        settings = settings.model_copy(update={"site_disobey": True})
    parent = os.environ.get("ANSWERABLE_PARENT")
    if parent:
        end_when_orphaned(int(parent))
    try:
        site = ExampleSite(settings, SystemTime())
        site.obedience.start()
        serve(site.app(), "127.0.0.1", settings.site_port)
        site.close()
    except (SafetyError, OSError) as fault:
        sys.stderr.write(f"site: {fault}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
