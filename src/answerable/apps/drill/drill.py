"""Play the week in a folder of its own, then read it as an outsider would: from its bundle alone.

Nothing of an operator's home is read or written. Reports go through the real client to the TEST
receiver, on a port of its own. The whole time of the week is moved by hand.
"""

from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import httpx

from answerable.apps.demo.stream import picture
from answerable.apps.drill import plan
from answerable.apps.drill.room import HandTime, Room
from answerable.apps.drill.week import Week
from answerable.apps.export import export_bundle
from answerable.apps.receiver.serve import RunningReceiver, started_receiver
from answerable.apps.receiver.settings import ReceiverSettings
from answerable.apps.settings import Settings
from answerable.audit.figures import RecordFigures, record_figures
from answerable.audit.finding import AuditFinding
from answerable.audit.reconcile import reconcile
from answerable.audit.rows import read_receiver_ids
from answerable.kernel.errors import Breach
from answerable.verifier.files import opened_of

WAIT_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Drilled:
    """What came of the drill: the figures, and every finding of the auditor.

    `residual` also counts what the receiver's own list and our record say differently.
    """

    seed: int
    figures: RecordFigures
    findings: tuple[AuditFinding, ...]
    compared: int
    residual: int


def drill(seed: int) -> Drilled:
    """Play and examine. Takes about half a minute. Raises Breach where the bundle does not hold."""
    with TemporaryDirectory(prefix="answerable-drill-") as name:
        folder, time = Path(name), HandTime(plan.first_moment())
        receiver = ReceiverSettings(port=0, db_path=folder / "receiver.sqlite3")
        with started_receiver(receiver, time) as far_side:
            return _play(seed, folder, time, far_side)


def _play(seed: int, folder: Path, time: HandTime, far_side: RunningReceiver) -> Drilled:
    luck = Random(seed)  # noqa: S311 - it plays people, and guards nothing
    room = Room(_settings(folder, far_side.port), time, luck)
    try:
        Week(room, luck, picture()).play()
        export_bundle(room.house, folder / "bundle", lambda _: None)
    finally:
        room.close()
    opened, outcome = opened_of(folder / "bundle")
    if outcome.findings:
        raise Breach(f"the drill's own bundle does not hold: {outcome.findings[0].words}")
    ids = _finished(far_side)
    report, figures = reconcile(opened, ids, time.now()), record_figures(opened, time.now())
    left_over = sum(
        finding.kind in ("unknown there", "unknown here") for finding in report.findings
    )
    return Drilled(
        seed=seed,
        figures=figures,
        findings=report.findings,
        compared=len(ids),
        residual=figures.residual + left_over,
    )


def _settings(folder: Path, port: int) -> Settings:
    """Every setting is its default or said here: the operator's environment changes nothing."""
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    said = {
        "home": folder / "home",
        "receiver_port": port,
        "flood_account": plan.FLOOD_LIMIT,
        "lives": {},
    }
    return Settings(**(defaults | said))


def _finished(far_side: RunningReceiver) -> tuple[str, ...]:
    """The ids that the receiver says are finished."""
    url = f"{far_side.origin}/export/finished.csv"
    answer = httpx.get(url, auth=("test", "test"), timeout=WAIT_SECONDS)
    answer.raise_for_status()
    return tuple(read_receiver_ids("finished.csv", answer.content))
