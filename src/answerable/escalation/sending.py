"""Messages of bells: by mail to those who were told, by signed hook to the operator's alarm.

They name cases, duties and times; never a word of an ad or of an alert. *Then* bell.rung: at least
once, with the same message id each time.
"""

from collections.abc import Sequence

from answerable.escalation.model import Bell
from answerable.escalation.store import EscalationWork, Hook, Mail
from answerable.events.clocks import BellRung
from answerable.events.event import Recorded
from answerable.events.work import Runs
from answerable.kernel.canonical import canonical_bytes
from answerable.kernel.errors import Breach
from answerable.kernel.ids import ActorId, Site
from answerable.kernel.time import Millis, iso

LINES_MAX = 20
WHY = {
    "holder": "the case is in your hand",
    "on_call": "you are on call",
    "reviewers": "you review here",
    "head": "you are head on call",
}


class SendMail:
    """One message to everybody of the circle who has an address."""

    def __init__(self, runs: Runs[EscalationWork], mail: Mail, base_url: str) -> None:
        self._runs, self._mail, self._base = runs, mail, base_url

    def __call__(self, recorded: Recorded) -> None:
        """Raises Outage: the outbox tries again."""
        event = rung(recorded)
        if not self._mail.wanted():
            return
        bells, addresses, now = self._runs.read(lambda w: _facts(w, event))
        if not bells or not addresses:
            return  # everything stopped meanwhile, or nobody has an address: the console shows it
        self._mail.send(
            message_id=event.bell,
            to=addresses,
            subject=subject_of(event.site, bells, now),
            text=text_of(event, bells, self._base, now),
        )


class SendHook:
    """The same to the operator's alarm hook, as JSON; it hears of every bell, whoever was told."""

    def __init__(self, runs: Runs[EscalationWork], hook: Hook, base_url: str) -> None:
        self._runs, self._hook, self._base = runs, hook, base_url

    def __call__(self, recorded: Recorded) -> None:
        """Raises Outage: the outbox tries again."""
        event = rung(recorded)
        if not self._hook.wanted(event.site):
            return
        bells, _, now = self._runs.read(lambda w: _facts(w, event))
        if bells:
            self._hook.push(event.site, body_of(event, bells, self._base, now))


def rung(recorded: Recorded) -> BellRung:
    """Raises Breach: STORY is wrong."""
    event = recorded.event
    if not isinstance(event, BellRung):
        raise Breach(f"{event.TYPE} is no bell")
    return event


def _facts(
    work: EscalationWork, event: BellRung
) -> tuple[tuple[Bell, ...], tuple[str, ...], Millis]:
    bells = work.escalation.clocks_of_bell(event.site, event.bell)
    found = (work.escalation.address(event.site, ActorId(name)) for name in event.people)
    return bells, tuple(dict.fromkeys(filter(None, found))), work.now()


def subject_of(site: Site, bells: Sequence[Bell], now: Millis) -> str:
    stopped = sum(bell.stopped for bell in bells)
    if stopped:
        return f"[{site}] {stopped} report{'s' * (stopped > 1)} can't be filed without a person"
    over = sum(bell.ends <= now for bell in bells)
    if over:
        return (
            f"[{site}] {over} of {len(bells)} clocks ran out"
            if len(bells) > over
            else (f"[{site}] {over} clock{'s' * (over > 1)} ran out")
        )
    return f"[{site}] {len(bells)} clock{'s' * (len(bells) > 1)} near the end"


def text_of(event: BellRung, bells: Sequence[Bell], base: str, now: Millis) -> str:
    """Plain text. The next to end comes first."""
    lines = [f"You are told because {WHY.get(event.circle, event.circle)}.", ""]
    for bell in bells[:LINES_MAX]:
        state = "RAN OUT" if bell.ends <= now else "ends"
        lines.append(f"{bell.duty.name.replace('_', ' ')}: {state} {iso(bell.ends)}")
        lines.append(f"  {bell.duty.says}")
        if bell.stopped:
            lines.append(f"  Its filing has stopped; why, and how to go on: {base}/console/reports")
        lines.append(f"  {base}/console/cases/{bell.case}")
    if len(bells) > LINES_MAX:
        lines.append(f"and {len(bells) - LINES_MAX} more: {base}/console/bells")
    lines += ["", f"Say that you have heard: {base}/console/bells", ""]
    lines.append("This message repeats until somebody does. Saying so stops no clock.")
    return "".join(f"{line}\n" for line in lines)


def body_of(event: BellRung, bells: Sequence[Bell], base: str, now: Millis) -> bytes:
    """The hook's JSON: bell, circle, and each clock with its case, duty, end and state."""
    return canonical_bytes(
        {
            "bell": event.bell,
            "site": event.site,
            "circle": event.circle,
            "people": len(event.people),
            "clocks": [
                {
                    "clock": bell.clock,
                    "case": bell.case,
                    "url": f"{base}/console/cases/{bell.case}",
                    "duty": bell.duty.name,
                    "ends": bell.ends,
                    "ran_out": bell.ends <= now,
                    "stopped": bell.stopped,
                }
                for bell in bells
            ],
        }
    )
