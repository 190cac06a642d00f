"""Commitments of the demo city made as at the desk, and two cases about broken ones: one decided, one that waits for an answer.

The people are made up like everything else, with passwords nobody knows, and disabled afterwards.
"""

import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ecredit.facts.actors.models import Person
from ecredit.facts.actors.people_actions import FirstRole, register_person, set_active
from ecredit.facts.actors.queries import account_of, list_organisations
from ecredit.facts.actors.rights import Account, allow
from ecredit.facts.actors.types import OPERATOR, Actor, Seat, Supplier
from ecredit.facts.subjects.queries import find_subject_id, get_subject
from ecredit.service.commitments.case_actions import Opening, answer_case, open_case
from ecredit.service.commitments.content_rules import audience_of, read_answers, templates_for
from ecredit.service.commitments.queries import (
    CommitmentFilter,
    count_commitments,
    get_case,
    get_commitment,
)
from ecredit.service.commitments.types import CaseAct, Draft, Evidence, Way
from ecredit.service.operation.approved import ask, breach_decision, decide
from ecredit.service.operation.commitment_records import (
    accepting_body,
    find_commitment_entry,
    make_commitment,
)
from ecredit.service.operation.single_records import collect_records
from ecredit.surface.cli.context import Context

_EACH: Final = 3
_ROLES: Final = {"firm": "firm_agent"}
_FILLED: Final = {"scope": "见网店和网站首页（虚构）", "channel": "网站首页“投诉建议”入口（虚构）"}
_AGENT: Final = "示范经办人（虚构）"
_ANSWERED: Final = "情况属实，已整改（虚构）"
_FOUND: Final = "投诉查实，未按承诺答复消费者（虚构）"


@dataclass(frozen=True, slots=True)
class _Round:
    """A run of collecting that no job asked for."""

    by: Actor
    id: int = 0

    @property
    def params(self) -> Mapping[str, object]:
        """Nothing is asked for."""
        return {}

    def tell(self, progress: int, total: int | None, zh: str, en: str) -> None:
        """Nobody listens."""


def make_demo_commitments(context: Context) -> int:
    """Make them, once; gives how many. Call it when the city is collected and before it is evaluated."""
    if count_commitments(CommitmentFilter(), context.today):
        return 0
    made: list[tuple[Supplier, str]] = []
    of_kind: Counter[str] = Counter()
    for organisation in list_organisations(on=context.today):
        number = _promise(context, organisation) if of_kind[organisation.kind] < _EACH else ""
        if number:
            of_kind[organisation.kind] += 1
            made.append((organisation, number))
    collect_records(context, _Round(context.operator))
    if len(made) > 1:
        _case(context, *made[-1], ground="complaint", decided=True)
        _case(context, *made[-2], ground="platform_report", decided=False)
    return len(made)


def _promise(context: Context, organisation: Supplier) -> str:
    """The number of the commitment an organisation made; "" for one that has nothing to promise."""
    templates = context.catalog.commitments.templates.values()
    found = templates_for(templates, audience_of(organisation.kind), context.today)
    subject_id = find_subject_id(organisation.uscc) if organisation.uscc else None
    if not found or subject_id is None:
        return ""
    template, version = found[0]
    account, login = _person(
        context, organisation.id, _ROLES.get(organisation.kind, "lead"), "示范经办人（虚构）"
    )
    draft = Draft(
        template=template,
        version=version,
        answers=read_answers(version, _FILLED),
        way=Way.OWN,
        name=get_subject(subject_id).name,
        uscc=organisation.uscc,
        is_person=False,
        subject_id=subject_id,
        organisation=organisation.id,
        committed_on=context.today,
        accepted_by=accepting_body(context).id,
    )
    number = make_commitment(context, draft, by=allow(context.catalog, account, "commitment.make"))
    set_active(login=login, active=False, ring=context.ring, by=context.operator, at=context.now)
    return number


def _case(context: Context, organisation: Supplier, number: str, *, ground: str, decided: bool) -> None:
    found = get_commitment(number)
    entry = find_commitment_entry(found)
    if entry is None:
        return
    city, rules = context.catalog.city[0], context.catalog.commitments.breach
    account, login = _person(context, city, "credit_officer", "示范信用管理员（虚构）")
    opening = Opening(
        entry=entry,
        subject_id=found.subject_id or entry.subject_id,
        name=found.name,
        organisation=organisation.id,
        opened_for=city,
        ground=ground,
        topic="service",
        words=_FOUND,
        evidence=(Evidence("entry", str(entry.leaf)),),
    )
    ring, at = context.ring, context.now
    case = open_case(
        opening,
        rules=rules,
        calendar=context.calendar,
        by=allow(context.catalog, account, "breach.open"),
        ring=ring,
        at=at,
    )
    if decided:
        own, agent = _person(context, organisation.id, _ROLES.get(organisation.kind, "lead"), _AGENT)
        answering = allow(context.catalog, own, "breach.answer")
        answer_case(
            number=case, organisations=[organisation.id], words=_ANSWERED, by=answering, ring=ring, at=at
        )
        set_active(login=agent, active=False, ring=ring, by=context.operator, at=context.now)
        wanted = breach_decision(
            case=case, digest=get_case(case).digest, outcome=CaseAct.BREACH, breach_on=context.today
        )
        by = allow(context.catalog, account, wanted.verb)
        asked = ask(context, wanted, reason=_FOUND, by=by, at=context.now)
        console = Account(OPERATOR.who, OPERATOR.who, "console", (Seat(city, "credit_officer"),))
        decide(context, approval_id=asked, agree=True, note=_FOUND, account=console, at=context.now)
    set_active(login=login, active=False, ring=context.ring, by=context.operator, at=context.now)


def _person(context: Context, organisation: str, role: str, name: str) -> tuple[Account, str]:
    login = f"demo-{role.replace('_', '-')}-{secrets.token_hex(3)}"
    first = FirstRole(organisation, role, context.catalog, context.today)
    person, _ = register_person(
        login=login, name=name, ring=context.ring, by=context.operator, at=context.now, first=first
    )
    return account_of(Person.objects.get(pk=person.pk), where="console/demo", on=context.today), login
