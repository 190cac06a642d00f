"""Whatever an organisation has: for people of another it is not there, whichever page or act they ask for."""

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from ecredit.facts.actors.approval_actions import ask_approval
from ecredit.facts.actors.key_actions import issue_key
from ecredit.facts.actors.models import Person, SignIn
from ecredit.facts.actors.types import OPERATOR, Actor
from ecredit.facts.collection.models import HeldRow
from ecredit.foundation.catalog.warning_types import Addressee
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.sealing import Sealer
from ecredit.judgement.measures.models import EarlyWarning
from ecredit.service.operation.job_actions import start_job
from ecredit.service.operation.made_files import ask_for_file
from ecredit.service.operation.platform import Platform
from ecredit.service.signatures.certificate_actions import Wanted, issue_test_certificate
from ecredit.service.signatures.name_rules import Signatory
from ecredit.service.signatures.offer_actions import offer_alone
from ecredit.service.signatures.sign_actions import Signing, sign_by_key_file
from ecredit.service.signatures.trust import SigningPlace
from ecredit.service.signatures.types import TEXT, Offer
from ecredit.surface.desk.models import SavedView
from tests.conftest import NOON, city_catalog
from tests.desk.conftest import make_person, sign_in
from tests.desk.desk_matrix import NEEDED, SIGNED_IN
from tests.desk.test_desk_routes import ROUTES
from tests.measures.warning_world import TODAY, World, licence, rule, runs_out
from tests.penalty_rows import row, table

PENALTY = "dual_publicity_penalty"
# What belongs to no organisation: rules, and what the city's own people do for all of it.
WHOLE_CITY = (
    "catalog_", "source", "organisation", "person", "role_", "review_", "subject", "record", "merge_", "openid_", "finding",
    "backtest", "studio",
    # A platform's own reports are its own: tests/monitoring/test_monitoring_desk.py.
    "monitor_",
    # So are an organisation's commitments and the cases about them: tests/commitments/test_commitments_desk.py.
    "commitment", "breach",
    # An organisation's own articles: tests/telling/test_telling_desk.py.
    "stor",
    # A platform's own gaps and pages are its own: tests/disclosure/test_disclosure_desk.py.
    "disclosure",
)  # fmt: skip


@pytest.fixture
def owner(desk):
    return sign_in(make_person("owner", ("gongshang", "lead")))


@pytest.fixture
def stranger(desk):
    return sign_in(make_person("stranger", ("shuiwu", "lead")))


def warned(home, catalog) -> int:
    """A warning told to the owner's department alone."""
    world = World(home, catalog)
    to = (Addressee("department", "gongshang"),)
    world.add_rule(rule(runs_out(), "running_out", to=to, title_zh="kept.csv"))
    world.city.subject(1)
    world.city.add(licence(1, 1, TODAY))
    world.run()
    return EarlyWarning.objects.get().pk


def signed(home, who: Person, settings) -> tuple[str, str]:
    """A document the owner's department was asked to sign, and the owner's signature on it."""
    settings.ECREDIT_SIGNING_TEST = True
    place = SigningPlace(home, Sealer(KeyRing.load(home.keys)))
    signatory = Signatory(who.name, "常州市市场监督管理局")
    made = issue_test_certificate(
        place, Wanted(who.who, "gongshang", signatory), passphrase="x", by=OPERATOR, at=NOON
    )
    offer = Offer("kept:1", "decision", "kept.csv", "organisation:gongshang", "gongshang", b"kept.csv", TEXT)
    offered = offer_alone(offer=offer, sealer=place.sealer, by=OPERATOR, at=NOON)
    # The log is further on than the clock of the tests.
    number, at = offered.number, offered.offered_at
    by = Actor(who.who, "document.sign desk/s")
    (signature,) = sign_by_key_file(place, Signing(number, who.who, signatory, by, at), made.raw, "x")
    return number, signature.number


@pytest.fixture
def things(owner, collect, collector, settings):
    """The address of everything the owner has, by route."""
    given = {"ring": collector.ring, "by": OPERATOR, "at": NOON}
    who = Person.objects.get(login="owner")
    batch = collect(PENALTY, table(row(1), row(2, CF_JDRQ="2026/13/40")), name="kept.csv").batch_id
    held = HeldRow.objects.get(batch_id=batch)
    key = issue_key(
        catalog=city_catalog(), organisation="gongshang", title="x", scopes=["batch.read"], days=9, **given
    ).id
    job = start_job(kind="evaluate", params={}, organisation="gongshang", **given)
    by = Actor(who.who, "held.release desk/s")
    asked = ask_approval(
        verb="held.release", about=f"held:{batch}:{held.line}", params={"batch": batch, "line": held.line},
        reason="x", **(given | {"by": by}),
    ).pk  # fmt: skip
    form = {"source": PENALTY, "name": "kept.csv", "size": "10", "changed": "1", "act": "try"}
    token = owner.post("/desk/supply/uploads", form).json()["piece"].split("/")[-2]
    owner.post("/desk/views", {"table": "batches", "title": "x", "query": "", "back": "/desk/batches"})
    made = ask_for_file(
        Platform(), "table", {"address": "/desk/batches"}, filename="kept.csv", permission="batch.read",
        by=Actor(who.who, "batch.read desk/s"),
    )  # fmt: skip
    told = warned(collector.home, collector.catalog)
    document, signature = signed(collector.home, who, settings)
    factor = Authenticator.objects.create(user=who, type="recovery_codes", data={"secret": ""}).pk
    args = {
        "batch": (batch,), "batch_report": (batch,), "batch_marked": (batch,), "batch_withdraw": (batch,),
        "waiting_lines": (batch,), "waiting_line": (batch, held.line), "waiting_drop": (batch, held.line),
        "quarantine_row": (held.id,), "quarantine_drop": (held.id,), "quarantine_release": (held.id,),
        "key_rotate": (key,), "key_revoke": (key,), "job_retry": (job,), "job_cancel": (job,),
        "approval": (asked,), "approval_decide": (asked,), "approval_withdraw": (asked,),
        "upload": (token,), "upload_finish": (token,), "upload_cancel": (token,), "upload_piece": (token,), "upload_end": (token,),
        "trial_file": (token, "report.csv"), "quality_supplier": ("gongshang",),
        "warning": (told,), "warning_acknowledge": (told,), "warning_answer": (told,), "warning_judge": (told,),
        "sign_document": (document,), "sign_document_bytes": (document,), "sign_by_file": (document,), "sign_by_tool": (document,),
        "sign_signature_bytes": (document, signature),
        "session_end": (SignIn.objects.get(person=who).pk,), "factor_remove": (factor,),
        "view_drop": (SavedView.objects.get().pk,), "file": (made,), "file_download": (made,),
    }  # fmt: skip
    return {name: reverse(f"desk:{name}", args=given) for name, given in args.items()}


@pytest.mark.django_db(transaction=True)
def test_every_address_of_somebodys_thing_is_walked(things):
    named = {route.name for route in ROUTES if route.parts and not route.name.startswith(WHOLE_CITY)}
    assert named == set(things)


@pytest.mark.django_db(transaction=True)
def test_anothers_things_are_not_there(things, owner, stranger, catalog):
    mine = catalog.roles["lead"].permissions
    doors = {route.name: route.door for route in ROUTES}
    wrong = []
    for name, address in things.items():
        needed = NEEDED[name]
        expected = 404 if needed == SIGNED_IN or mine & set(needed) else 403
        if name == "view_drop":
            expected = 302  # gone or another's, one goes back; the view stays, see below
        for method in doors[name].methods:
            answer = stranger.generic(method, f"{address}?offset=0" if method == "PUT" else address)
            told = answer.content.decode()
            if answer.status_code != expected or "kept.csv" in told or "市场监督管理局" in told:
                wrong.append((method, address, answer.status_code, expected))
    assert wrong == [] and SavedView.objects.exists()
    # They are there: for whom they belong to, who may look at them.
    looked = [name for name in things if "GET" in doors[name].methods and mine & set(NEEDED[name])]
    assert len(looked) >= 7
    for name in set(looked) - {"trial_file"}:  # the check has not been made yet
        assert owner.get(things[name]).status_code == 200, name
    for lists in (
        "/desk/batches",
        "/desk/batches/waiting",
        "/desk/quarantine",
        "/desk/keys",
        "/desk/quality",
        "/desk/warnings?state=all",
        "/desk/sign",
    ):
        shown = stranger.get(lists)
        assert shown.status_code == 200 and "kept.csv" not in shown.content.decode(), lists
        assert "常州市市场监督管理局" not in shown.content.decode(), lists
