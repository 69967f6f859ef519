"""How fast is an alert carried out? 1,000 alerts on a whole installation and its example site.

    python benchmarks/alerts.py [--alerts 1000] [--rate 4] [--postgresql URL]

Half by the page, half by the API, each on an ad of its own that is up; people post meanwhile.
Prints quantiles in milliseconds (the leaf in a published head after the answer; acknowledged and
observed down after the directive) and each process's CPU. Only good beside another run on the same
machine.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.browser.demo import DemoInstallation
from tests.load.stampede import stampede

SHARES = (0.5, 0.9, 0.95, 0.99, 1.0)


def quantiles(what: str, values: Iterable[float | None]) -> str:
    """One line: how many there are, and the values below which these shares of them lie."""
    every = list(values)
    there = sorted(value for value in every if value is not None)
    if not there:
        return f"{what:<34} none of {len(every)}"
    cells = [f"{there[min(len(there) - 1, int(share * len(there)))]:>9.0f}" for share in SHARES]
    return f"{what:<34}{len(there):>6} of {len(every):<6}" + "".join(cells)


def cpu(installation: DemoInstallation) -> dict[str, float]:
    """Seconds of CPU that each process has used (Linux; elsewhere none are told)."""
    found = {}
    for name, pid in installation.pids().items():
        try:
            cells = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
        except OSError:
            continue
        found[name] = (int(cells[11]) + int(cells[12])) / os.sysconf("SC_CLK_TCK")
    return found


def main() -> int:
    words = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    words.add_argument("--alerts", type=int, default=1_000)
    words.add_argument("--rate", type=float, default=4.0, help="a second; 0: as fast as they go")
    words.add_argument("--postgresql", default="", help="URL of an empty database; else SQLite")
    given = words.parse_args()
    settings = {"database": given.postgresql} if given.postgresql else {}
    with tempfile.TemporaryDirectory(prefix="answerable-alerts-") as folder:
        installation = DemoInstallation(Path(folder), sweep_ms=5_000, lease_ms=75_000, **settings)
        try:
            installation.start()
            with stampede(installation) as run:
                began = time.monotonic()
                names = run.post_ads(given.alerts)
                print(f"{len(names)} ads are up after {time.monotonic() - began:.0f} s", flush=True)
                began = time.monotonic()
                before = cpu(installation)
                run.run(names, rate=given.rate)
                lasted = time.monotonic() - began
                run.settle("every hide is observed")
                print(f"{len(run.sent)} alerts in {lasted:.1f} s; {run.verified()} proofs verified")
                told = run.obeyed()
                print(f"{'milliseconds':<50}{''.join(f'{share:>9.0%}' for share in SHARES)}")
                for by in ("page", "api"):
                    took = (1_000 * one.took for one in run.sent if one.by == by)
                    print(quantiles(f"answered, by the {by}", took))
                print(
                    quantiles(
                        "leaf in a published head", (1_000 * s.proven_after for s in run.sent)
                    )
                )
                print(quantiles("hide acknowledged", (one.acknowledged for one in told)))
                print(quantiles("observed down", (one.observed for one in told)))
                used = {name: at - before[name] for name, at in cpu(installation).items()}
                shares = (f"{name} {1_000 * s / len(names):.0f}" for name, s in used.items())
                print(f"CPU milliseconds an alert: {', '.join(shares)}")
                print("overdue:", Counter(one.overdue for one in told)[True])
        finally:
            installation.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
