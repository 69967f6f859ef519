"""The site's own rules, set by two people: the policy on seconds, and the rule pack in force."""

from typing import Any

from starlette.responses import Response

from answerable.access.model import Permission
from answerable.adapters.sql.work import SqlWork
from answerable.apps.console.incident import people_of
from answerable.apps.console.visit import Desk, Visit, go, reason_of
from answerable.cases.policy import AfterLapse, SecondOrg
from answerable.kernel.errors import Conflict, Refusal
from answerable.screening.activation import PackIdentity

READ = (Permission.CASE_READ,)
ACTIVATE = (Permission.CASE_READ, Permission.PACK_ACTIVATE)
SET = (Permission.CASE_READ, Permission.POLICY_SET)

SECONDS = {
    SecondOrg.ANY: "may belong to any organisation",
    SecondOrg.OTHER: "must belong to another organisation than the first",
}
LAPSES = {
    AfterLapse.HEAD_ON_CALL: "it goes to the head on call, before all other cases",
    AfterLapse.REPORT: "its ads are reported, and the two who set this answer for it",
}


def rules_page(desk: Desk, visit: Visit) -> Response:
    """What is in force, what waits for a second person, and the form to ask for something else."""
    return _page(desk, visit)


def set_seconds(desk: Desk, visit: Visit) -> Response:
    """One of two people asks for a policy; the second who asks for the very same sets it."""
    form = visit.form
    try:
        second, lapse = _chosen(form.one("second"), form.one("lapse"))
        made = desk.house.set_second_policy(
            desk.site, visit.actor, second, lapse, form.one("reason")
        )
    except Refusal as refused:
        return _page(desk, visit, refused)
    return go("/console/rules", "rule-waits" if made is None else "rule-set")


def activate_pack(desk: Desk, visit: Visit) -> Response:
    """One of two people asks for a pack; the second who asks for the very same activates it."""
    form = visit.form
    try:
        told = (form.one(name).strip() for name in ("id", "version", "digest"))
        made = desk.house.activate_pack(
            desk.site, visit.actor, PackIdentity(*told), form.one("reason")
        )
    except Refusal as refused:
        return _page(desk, visit, refused)
    return go("/console/rules", "pack-waits" if made is None else "pack-active")


def _chosen(second: str, lapse: str) -> tuple[SecondOrg, AfterLapse]:
    if second not in set(SecondOrg) or lapse not in set(AfterLapse):
        raise Refusal("choose who may be the second, and what a proposal lapses to")
    return SecondOrg(second), AfterLapse(lapse)


def _page(desk: Desk, visit: Visit, refused: Refusal | None = None) -> Response:
    view = desk.house.read_second_policy(desk.site, visit.actor)
    packs, loaded = desk.house.read_packs(desk.site, visit.actor), desk.house.pack

    def told(work: SqlWork) -> dict[str, Any]:
        people = people_of(work, desk.site)
        return {
            "answering": tuple(people.name(who) for who in view.policy.answering),
            "waiting": tuple(
                (policy, people.name(one.by), one, one.by == visit.actor.id)
                for policy, one in view.waiting
            ),
            "packs_waiting": tuple(
                (pack, people.name(one.by), one, one.by == visit.actor.id)
                for pack, one in packs.waiting
            ),
        }

    status = 200 if refused is None else 409 if isinstance(refused, Conflict) else 422
    return desk.html(
        "rules.html",
        visit,
        status,
        policy=view.policy,
        pack=packs.active,
        loaded=None if loaded.is_(packs.active) else loaded,
        typed_pack={name: visit.form.one(name) for name in ("id", "version", "digest")},
        seconds=SECONDS,
        lapses=LAPSES,
        refused=None if refused is None else reason_of(refused),
        typed_second=visit.form.one("second") or view.policy.second,
        typed_lapse=visit.form.one("lapse") or view.policy.lapse,
        typed_reason=visit.form.one("reason"),
        **desk.house.store.read(told),
    )
