"""What escalation decides, purely: which bells are due, who hears them, where the rota has gaps.

Acknowledging stops the repeats of what was told before it. It never stops a clock, and it never
silences a later step: that one tells somebody else, or the same person something worse.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from answerable.escalation.model import (
    ADDRESS_CHARS_MAX,
    AT_ONCE,
    SHIFT_MAX,
    Bell,
    Circles,
    Gap,
    Rank,
    Ring,
    Rung,
    Shift,
)
from answerable.events.duties.clocks import Tell, Who
from answerable.kernel.errors import Refusal, insist
from answerable.kernel.ids import ActorId
from answerable.kernel.time import Millis

WIDER = (Who.HOLDER, Who.ON_CALL, Who.REVIEWERS, Who.HEAD)
"""Where a circle is empty the next one hears it; after the last, the first that has anybody."""

_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+", re.ASCII)


def first_at(bell: Bell, step: Tell) -> Millis:
    """When this step is told first. A clock shorter than the warning is told of when it starts."""
    return Millis(max(bell.ends + step.offset, bell.started))


def next_at(bell: Bell) -> Millis | None:
    """The next moment at which something of this clock is due to be told; None: never again."""
    moments = [at for number in range(len(bell.duty.tell)) if (at := _next_of(bell, number))]
    return min(moments, default=None)


def _next_of(bell: Bell, number: int) -> Millis | None:
    step = bell.duty.tell[number]
    told = [rung for rung in bell.rung if rung.step == number]
    if not told:
        return first_at(bell, step)
    if step.again is None or _answered(bell, told[-1]):
        return None
    return Millis(first_at(bell, step) + (told[-1].round + 1) * step.again)


def _answered(bell: Bell, rung: Rung) -> bool:
    return bell.acknowledged is not None and bell.acknowledged >= rung.at


def due(bell: Bell, now: Millis) -> tuple[Ring, ...]:
    """What to tell now. After a silence of ours one ring stands for all that were missed.

    Of several steps for the same circle only the last is told: the others say less.
    """
    rings = {step.who: (number, round_, step.who) for number, step, round_ in _steps(bell, now)}
    return tuple(Ring(bell=bell, step=n, round=r, who=who) for n, r, who in rings.values())


def after(bell: Bell, now: Millis) -> Bell:
    """The bell once everything due at `now` was told."""
    rung = {one.step: one for one in bell.rung}
    for number, _, round_ in _steps(bell, now):
        rung[number] = Rung(step=number, round=round_, at=now)
    ordered = sorted(rung.values(), key=lambda one: (one.at, one.step))
    told_bell = replace(bell, rung=tuple(ordered))
    return replace(told_bell, next_at=next_at(told_bell))


def _steps(bell: Bell, now: Millis) -> Iterator[tuple[int, Tell, int]]:
    """Each step that is due: its number, the step, and the how-manieth time this is."""
    for number, step in enumerate(bell.duty.tell):
        at = _next_of(bell, number)
        if at is not None and at <= now:
            late = now - first_at(bell, step)
            yield number, step, 0 if step.again is None else late // step.again


def rung_at_once(bell: Bell, now: Millis) -> Bell:
    """The bell once people were told that the work has stopped. Its own steps come as they would:
    none of them is the earlier or the later for it, and acknowledging this silences none."""
    before = [one for one in bell.rung if one.step == AT_ONCE]
    rung = Rung(step=AT_ONCE, round=before[0].round + 1 if before else 0, at=now)
    return replace(bell, rung=(*(one for one in bell.rung if one.step != AT_ONCE), rung))


def acknowledge(bell: Bell, now: Millis) -> Bell:
    """Somebody has heard it. Raises Refusal where nothing rings."""
    if not bell.rings:
        raise Refusal("nothing rings for this clock", clock=bell.clock)
    heard = replace(bell, acknowledged=now)
    return replace(heard, next_at=next_at(heard))


def heard_by(asked: Who, circles: Circles) -> tuple[Who, tuple[ActorId, ...]]:
    """The circle that hears what `asked` should, and its people; nobody only where nobody is."""
    begin = WIDER.index(asked)
    for who in (*WIDER[begin:], *reversed(WIDER[:begin])):
        if people := circles.people.get(who, ()):
            return who, people
    return asked, ()


def held_by(circles: Circles, holder: ActorId | None) -> Circles:
    """The circles of one case: the same, and who has it in hand."""
    return Circles(people={**circles.people, Who.HOLDER: () if holder is None else (holder,)})


def on_shift(shifts: Iterable[Shift], rank: Rank, now: Millis) -> tuple[ActorId, ...]:
    """Who has this rank now, each once."""
    found = [s.staff for s in shifts if s.rank is rank and s.begins <= now < s.ends]
    return tuple(dict.fromkeys(found))


def gaps(shifts: Sequence[Shift], rank: Rank, begins: Millis, ends: Millis) -> tuple[Gap, ...]:
    """The spans in [begins, ends) in which nobody has this rank, in order."""
    insist(begins <= ends, "a span does not end before it begins")
    found, covered = [], begins
    for shift in sorted((s for s in shifts if s.rank is rank), key=lambda s: s.begins):
        if shift.begins > covered and covered < ends:
            found.append(Gap(rank=rank, begins=covered, ends=Millis(min(shift.begins, ends))))
        covered = Millis(max(covered, shift.ends))
    if covered < ends:
        found.append(Gap(rank=rank, begins=covered, ends=ends))
    return tuple(found)


def check_shift(begins: Millis, ends: Millis, now: Millis) -> None:
    """Raises Refusal for a shift that is none."""
    if ends <= begins:
        raise Refusal("a shift ends after it begins")
    if ends <= now:
        raise Refusal("this shift is over already")
    if ends - begins > SHIFT_MAX:
        raise Refusal("a shift has fourteen days at most; enter several")


def check_address(address: str) -> str:
    """The address as it is kept, or "" for none. Raises Refusal."""
    given = address.strip()
    if given and (len(given) > ADDRESS_CHARS_MAX or not _ADDRESS.fullmatch(given)):
        raise Refusal("this is no e-mail address")
    return given
