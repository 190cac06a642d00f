"""A grade model from a draft to being in force: tried, agreed to by a second person, and old grades stay what they were."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from ecredit.facts.actors.errors import FourEyes, NotAllowed
from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.subjects.queries import find_subject_id
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.judgement.evaluation import evaluate_actions
from ecredit.judgement.evaluation.audit_versions import audit_versions
from ecredit.judgement.evaluation.draft_actions import keep_draft, keep_first_versions, keep_rollback
from ecredit.judgement.evaluation.errors import DraftRefused, EvaluationOvertaken, VersionAltered
from ecredit.judgement.evaluation.evaluate_actions import evaluate
from ecredit.judgement.evaluation.model_document import document_of, model_of
from ecredit.judgement.evaluation.model_loader import load_models
from ecredit.judgement.evaluation.models import Run
from ecredit.judgement.evaluation.queries import find_grade
from ecredit.judgement.evaluation.trial_actions import last_trial, try_version
from ecredit.judgement.evaluation.trial_types import Trial
from ecredit.judgement.evaluation.version_models import ModelAdoption, ModelTrial, ModelVersion
from ecredit.judgement.evaluation.version_queries import (
    file_differences,
    find_version_on,
    get_version,
    list_versions,
    models_on,
)
from ecredit.service.operation.approved import CONSOLE, ask, carry_out, decide
from ecredit.service.operation.model_trials import adoption_of
from ecredit.service.operation.platform import Platform
from ecredit.surface.cli.commands import build_parser
from ecredit.surface.cli.context import Context
from tests.conftest import NOON
from tests.desk.conftest import make_person
from tests.operation.test_operation_approved import CITY, allowed, officer
from tests.penalty_rows import code, row, table

PENALTY = "dual_publicity_penalty"
TODAY = NOON.date()
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def platform(home, settings, db, monkeypatch, catalog) -> Platform:
    """A platform whose clock stands at noon: the log's own never runs backwards."""
    settings.ECREDIT_HOME = home.root
    monkeypatch.setattr(Platform, "now", property(lambda _: NOON))
    for login in ("first", "second", "third"):
        make_person(login, (CITY, "credit_officer"))
    made = Platform()
    made.catalog = catalog
    return made


@pytest.fixture
def city(platform, collect):
    """Two firms with a penalty each, graded; the second has its register's row too."""
    collect(PENALTY, table(row(1), row(2), row(2, CF_WSH="又一件")))
    grade(platform, TODAY)
    return platform


def given(platform, at=NOON):
    return {"catalog": platform.catalog, "ring": platform.ring, "by": OPERATOR, "at": at}


def grade(platform, as_of, at=NOON):
    return evaluate(home=platform.home, as_of=as_of, **given(platform, at))


def harder(platform, label="2", points="-30", **more) -> str:
    """The text of the model for firms, with a penalty counting far more."""
    text = (platform.catalog.folder / "models" / "enterprise.yaml").read_text(encoding="utf-8")
    text = text.replace('version: "1"', f'version: "{label}"')
    for old, new in more.items():
        assert old in text
        text = text.replace(old, new)
    return text.replace("- use: penalty_general", f"- {{use: penalty_general, points: {points}, cap: 60}}")


def draft(platform, text=None, at=NOON):
    return keep_draft(text=text or harder(platform), note="从严", **given(platform, at))


def tried(platform, view, from_on=TOMORROW, at=NOON):
    where = {"model_id": view.model_id, "number": view.number}
    return try_version(home=platform.home, from_on=from_on, as_of=TODAY, **where, **given(platform, at))


def asked(platform, view, from_on=TOMORROW, who="first", at=NOON):
    request = adoption_of(model_id=view.model_id, number=view.number, from_on=from_on)
    by = allowed(officer(who), request.verb)
    return ask(platform, request, reason="从严", by=by, at=at)


def agreed(platform, number, who="second", at=NOON):
    return decide(platform, approval_id=number, agree=True, note="", account=officer(who), at=at)


def adopted(platform, view=None, from_on=TOMORROW, at=NOON):
    view = view or draft(platform, at=at)
    tried(platform, view, from_on, at)
    agreed(platform, asked(platform, view, from_on, at=at), at=at)
    return view


def show(*words: str) -> str:
    """What `ecredit show --json` prints of the grade, canonically."""
    args = build_parser().parse_args(["show", *words])
    return json.dumps(args.run(args, Context()).document, sort_keys=True, ensure_ascii=False, default=str)


def test_a_grade_of_an_old_day_is_the_same_byte_for_byte_after_another_version_came_into_force(city):
    then = [code(1), "--as-of", str(TODAY), "--known-at", NOON.isoformat()]
    before = show(*then)
    first = find_grade(find_subject_id(code(1)))
    adopted(city)
    later = NOON + timedelta(days=1)
    assert show(*then) == before
    grade(city, TOMORROW, later)
    after = find_grade(find_subject_id(code(1)))
    assert (after.model_version, after.edition) != (first.model_version, first.edition)
    assert after.score < first.score
    assert show(*then) == before and json.loads(before)["grade"]["version"] == "1"
    now = show(code(1), "--as-of", str(TOMORROW))
    assert json.loads(now)["grade"]["version"] == "2" and now != before
    assert list(audit_versions(city.catalog)) == []


def test_the_first_versions_are_the_files_and_the_files_count_no_more(city, tmp_path, monkeypatch):
    files = load_models(city.catalog.folder, city.catalog)
    assert models_on(city.catalog, date(2000, 1, 1)) == files == models_on(city.catalog, date.max)
    assert {v.number for v in list_versions()} == {1} and file_differences(city.catalog) == []
    assert keep_first_versions(**given(city)) == 0
    adopted(city)
    assert file_differences(city.catalog) == ["enterprise"]
    assert models_on(city.catalog, TODAY) == files
    assert [m.version for m in models_on(city.catalog, TOMORROW) if m.id == "enterprise"] == ["2"]
    known = models_on(city.catalog, TOMORROW, known_at=NOON - timedelta(days=1))
    assert known == files


def test_before_anybody_was_graded_the_files_judge(platform):
    assert models_on(platform.catalog, TODAY) == load_models(platform.catalog.folder, platform.catalog)
    assert list_versions() == []


def test_a_draft_with_faults_is_kept_as_nothing_and_every_fault_has_its_line(city):
    text = harder(city).replace("frame: common", "frame: comon").replace("base: 75", "base: 175")
    lines = {line: n for n, line in enumerate(text.splitlines(), 1)}
    with pytest.raises(DraftRefused) as refused:
        draft(city, text)
    told = {fault.line: fault for fault in refused.value.faults}
    assert lines["frame: comon"] in told and "common" in told[lines["frame: comon"]].zh
    assert list_versions("enterprise")[-1].number == 1
    assert not JournalEntry.objects.filter(verb="model.draft").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("precedence: 30", "precedence: 70"), "precedence 70"),
        (("subject_kinds: [法人及非法人组织]", "subject_kinds: [个体工商户]"), "法人及非法人组织"),
        (('version: "2"', 'version: "1"'), "已是第 1 版的名称"),
        (("basis: [", "basis: &a [*a, "), "引用"),
        (("basis: [", "basis: " + "[" * 60), "嵌套"),
        (("id: enterprise", "id: ../enterprise"), "id 应为"),
        (('version: "2"', f'version: "{"2" * 40}"'), "不能超过"),
    ],
)
def test_what_does_not_fit_is_refused(city, change, said):
    other = next(m.precedence for m in models_on(city.catalog, TODAY) if m.id != "enterprise")
    old, new = change
    new = new.replace("70", str(other)) if "precedence" in new else new
    said = said.replace("70", str(other))
    with pytest.raises(DraftRefused, match=said):
        draft(city, harder(city).replace(old, new))
    assert len(list_versions("enterprise")) == 1


def test_a_draft_that_says_nothing_new_or_far_too_much_is_refused(city):
    with pytest.raises(WrongUse, match="第 1 版完全相同"):
        draft(city, (city.catalog.folder / "models" / "enterprise.yaml").read_text(encoding="utf-8"))
    with pytest.raises(WrongUse, match="200,000"):
        draft(city, harder(city) + "#" * 200_000)


def test_nobody_adopts_alone(city):
    view = draft(city)
    tried(city, view)
    number = asked(city, view)
    with pytest.raises(FourEyes):
        agreed(city, number, "first")
    assert ModelAdoption.objects.count() == 0
    make_person("fourth", (CITY, "audit_admin"))
    with pytest.raises(NotAllowed):
        agreed(city, number, "fourth")
    agreed(city, number)
    row = ModelAdoption.objects.get()
    assert (row.by, row.approval, row.from_on) == (officer("first").who, number, TOMORROW)
    assert find_version_on("enterprise", TOMORROW) == get_version("enterprise", 2)


def test_it_waits_even_where_it_would_be_carried_out_at_once(city):
    view = draft(city)
    tried(city, view)
    request = adoption_of(model_id="enterprise", number=2, from_on=TOMORROW)
    allowed_at_once = replace(city.catalog.permissions["model.adopt"], four_eyes=False)
    city.catalog = replace(
        city.catalog, permissions={**city.catalog.permissions, "model.adopt": allowed_at_once}
    )
    done = carry_out(city, request, reason="从严", by=allowed(officer("first"), request.verb), at=NOON)
    assert done.asked is not None and ModelAdoption.objects.count() == 0


def test_two_names_typed_at_the_console_are_not_two_people(city):
    view = draft(city)
    tried(city, view)
    request = adoption_of(model_id="enterprise", number=2, from_on=TOMORROW)
    here = [account_at_the_console(login) for login in ("first", "second")]
    number = ask(city, request, reason="从严", by=allowed(here[0], request.verb), at=NOON)
    with pytest.raises(FourEyes, match="控制台"):
        decide(city, approval_id=number, agree=True, note="", account=here[1], at=NOON)
    agreed(city, number, "third")
    assert list(audit_versions(city.catalog)) == []


def account_at_the_console(login: str):
    return replace(officer(login), where=CONSOLE)


def test_an_untried_version_is_not_adopted_nor_one_tried_against_other_models(city):
    view = draft(city)
    with pytest.raises(WrongUse, match="还没有试算"):
        asked(city, view)
    tried(city, view)
    number = asked(city, view)
    tried(city, draft(city, harder(city, "3", "-20")))
    with pytest.raises(WrongUse, match="不再是试算时的那些"):
        adopted_meanwhile(city)
        agreed(city, number)
    tried(city, view, TOMORROW + timedelta(days=1))
    with pytest.raises(WrongUse, match="试算结果已经更新"):
        agreed(city, number)


def adopted_meanwhile(platform):
    """Another version of the same model comes into force on the day before."""
    view = get_version("enterprise", 3)
    tried(platform, view, TODAY)
    agreed(platform, asked(platform, view, TODAY, who="third"))


@pytest.mark.parametrize(("days", "said"), [(-1, "已经过去"), (1, "已定于")])
def test_not_in_the_past_and_one_version_a_day(city, days, said):
    adopted(city)
    other = draft(city, harder(city, "3", "-20"))
    day = TODAY + timedelta(days=days)
    tried(city, other, day)
    with pytest.raises(WrongUse, match=said):
        asked(city, other, day)


def test_what_is_in_force_already_is_not_adopted_again(city):
    view = adopted(city)
    day = TOMORROW + timedelta(days=3)
    tried(city, view, day)
    with pytest.raises(WrongUse, match="不必再采用"):
        asked(city, view, day)


def test_two_adoptions_that_do_not_fit_each_other_are_refused(city):
    """Each fits what is in force; together two models would come first."""
    firms = draft(city, harder(city, **{"precedence: 30": "precedence: 77"}))
    text = (city.catalog.folder / "models" / "platform.yaml").read_text(encoding="utf-8")
    old = next(line for line in text.splitlines() if line.startswith("precedence:"))
    label = next(line for line in text.splitlines() if line.startswith("version:"))
    platforms = draft(city, text.replace(old, "precedence: 77").replace(label, 'version: "2"'))
    later = TOMORROW + timedelta(days=1)
    adopted(city, firms, later)
    tried(city, platforms, TOMORROW)
    with pytest.raises(WrongUse, match="冲突"):
        asked(city, platforms, TOMORROW)


def test_a_rollback_is_a_version_too_and_says_what_the_old_one_said(city):
    adopted(city)
    again = keep_rollback(model_id="enterprise", number=1, note="过严", **given(city))
    first = get_version("enterprise", 1)
    assert (again.number, again.same_as, again.edition, again.text) == (3, 1, first.edition, first.text)
    day = TOMORROW + timedelta(days=1)
    adopted(city, again, day)
    assert [find_version_on("enterprise", d).number for d in (TODAY, TOMORROW, day)] == [1, 2, 3]
    assert [s.until for s in get_version("enterprise", 2).spans] == [day]
    assert models_on(city.catalog, day) == models_on(city.catalog, TODAY)
    assert list(audit_versions(city.catalog)) == []


def test_the_dry_run_says_who_moves_and_why_and_keeps_no_grade(city):
    kept = find_grade(find_subject_id(code(2)))
    found = tried(city, draft(city)).trial
    assert (found.looked_at, found.up, found.down, found.unchanged) == (2, 0, 1, 0)
    assert sum(count for _, _, count in found.matrix) == 2
    assert [now for was, now, _ in found.matrix if was != now] == ["D"]
    assert [move.subject_id for move in found.worst] == [find_subject_id(code(1)), find_subject_id(code(2))]
    worst = found.worst[0]
    assert (worst.was, worst.now) == ("C", "D") and float(worst.score_now) < float(worst.score_was)
    assert [r.indicator for r in worst.left] == ["penalty_general"] == [r.indicator for r in worst.entered]
    assert found.groups["kind"][0].down == 1 and found.groups["sector"][0].key == ""
    assert find_grade(find_subject_id(code(2))) == kept
    assert last_trial("enterprise", 2).trial == found


def test_the_dry_run_says_what_the_evaluation_then_does(city):
    found = tried(city, draft(city)).trial
    number = asked(city, get_version("enterprise", 2))
    agreed(city, number)
    grade(city, TOMORROW, NOON + timedelta(days=1))
    for move in found.worst:
        kept = find_grade(move.subject_id)
        assert (kept.grade, f"{kept.score:.2f}") == (move.now, move.score_now)


def test_an_evaluation_during_which_a_version_comes_into_force_keeps_nothing(city, monkeypatch):
    view = draft(city)
    tried(city, view, TODAY)
    number = asked(city, view, TODAY)
    judge, runs = evaluate_actions.judge_columns, Run.objects.count()

    def meanwhile(*words, **more):
        judge(*words, **more)
        agreed(city, number)

    monkeypatch.setattr(evaluate_actions, "judge_columns", meanwhile)
    with pytest.raises(EvaluationOvertaken):
        grade(city, TODAY)
    assert Run.objects.count() == runs


def test_the_audit_names_what_was_done_behind_its_back(city):
    view = adopted(city)
    assert list(audit_versions(city.catalog)) == []

    def told(*words):
        found = " ".join(finding.zh for finding in audit_versions(city.catalog))
        assert all(word in found for word in words), found

    kept = ModelVersion.objects.get(model_id="enterprise", number=view.number)
    ModelVersion.objects.filter(pk=kept.pk).update(text=kept.text + "#")
    told("enterprise/2", "版本被改动", "text")
    ModelVersion.objects.filter(pk=kept.pk).update(
        text=kept.text, document=kept.document.replace("-30", "-3")
    )
    told("enterprise/2", "document")
    with pytest.raises(VersionAltered):
        models_on(city.catalog, TOMORROW)
    ModelVersion.objects.filter(pk=kept.pk).update(document=kept.document)
    trial = ModelTrial.objects.get()
    ModelTrial.objects.filter(pk=trial.pk).update(document=trial.document.replace('"down":1', '"down":0'))
    told("试算被改动", "digest")
    ModelTrial.objects.filter(pk=trial.pk).update(document=trial.document)
    adoption = ModelAdoption.objects.get()
    ModelAdoption.objects.filter(pk=adoption.pk).update(from_on=TODAY)
    told("采用被改动", "from", "不是当时生效的模型版本")
    ModelAdoption.objects.all().delete()
    told("采用不见了")


def test_nobody_is_judged_by_a_version_that_is_not_the_one_that_was_adopted(city):
    view = adopted(city)
    kept = ModelVersion.objects.get(model_id="enterprise", number=view.number)

    def refused(day=TOMORROW):
        runs = Run.objects.count()
        with pytest.raises(VersionAltered) as said:
            grade(city, day)
        assert "catalog/models/enterprise.yaml" in said.value.zh and "ecredit log audit" in said.value.en
        assert Run.objects.count() == runs

    # Altered together with its edition, so that the two fit each other again: only the journal knows better.
    softer = model_of(kept.document.replace("-30", "-3"))
    assert softer.edition != kept.edition
    ModelVersion.objects.filter(pk=kept.pk).update(document=document_of(softer), edition=softer.edition)
    refused()
    assert [m.id for m in models_on(city.catalog, TODAY)], "who is judged by the first versions is judged on"
    ModelVersion.objects.filter(pk=kept.pk).update(document=kept.document, edition=kept.edition)
    adoption = ModelAdoption.objects.get()
    ModelAdoption.objects.filter(pk=adoption.pk).update(from_on=TODAY)
    refused(TODAY)
    ModelAdoption.objects.filter(pk=adoption.pk).update(from_on=adoption.from_on)
    assert {m.edition for m in models_on(city.catalog, TOMORROW)} >= {kept.edition}
    ModelAdoption.objects.filter(pk=adoption.pk).update(model_id="platform")
    refused()
    assert any("采用没有来历" in finding.zh for finding in audit_versions(city.catalog))
    ModelAdoption.objects.filter(pk=adoption.pk).update(model_id=adoption.model_id)
    ModelAdoption.objects.all().delete()
    refused()


@pytest.mark.parametrize("number", [1, 2, 3])
def test_nobody_is_judged_while_a_version_that_the_journal_knows_is_gone(city, number):
    """Neither by another model, nor by the version before, nor by the files; in force or not."""
    adopted(city)
    draft(city, harder(city, "3", "-20"))
    gone = ModelVersion.objects.filter(model_id="enterprise", number=number)
    refused_without(city, gone)
    assert any(f"enterprise/{number} 的版本不见了" in finding.zh for finding in audit_versions(city.catalog))


def test_the_files_count_no_more_though_all_versions_are_gone(city):
    refused_without(city, ModelVersion.objects.all())
    assert not ModelVersion.objects.exists(), "the files became the first versions again"
    assert any("不见了" in finding.zh for finding in audit_versions(city.catalog))


def test_a_first_version_is_not_made_a_draft_unseen(city):
    ModelVersion.objects.filter(model_id="enterprise").update(origin="draft")
    refused_without(city, ModelVersion.objects.none())


def refused_without(platform, rows):
    """Neither read nor judged by once these rows were deleted behind the journal's back."""
    other = ModelVersion.objects.difference(rows).first()
    for kept in (ModelTrial, ModelAdoption):
        kept.objects.filter(version__in=rows).update(version=other)
    rows.delete()
    runs = Run.objects.count()
    for judge in (lambda: models_on(platform.catalog, TOMORROW), lambda: grade(platform, TOMORROW)):
        with pytest.raises(VersionAltered):
            judge()
    assert Run.objects.count() == runs


def test_the_audit_names_an_adoption_by_one_person(city):
    adopted(city)
    entry = JournalEntry.objects.get(verb="approval.agree")
    JournalEntry.objects.filter(pk=entry.pk).update(who=officer("first").who)
    assert any("由一个人采用" in finding.zh for finding in audit_versions(city.catalog))
    JournalEntry.objects.filter(pk=entry.pk).delete()
    assert any("由一个人采用" in finding.zh for finding in audit_versions(city.catalog))


def test_a_dry_run_of_long_ago_brings_nothing_into_force(city):
    view = draft(city)
    where = {"model_id": view.model_id, "number": view.number}
    for as_of in (date(1990, 1, 1), TOMORROW + timedelta(days=400)):
        try_version(home=city.home, from_on=TOMORROW, as_of=as_of, **where, **given(city))
        with pytest.raises(WrongUse, match="重新试算"):
            asked(city, view)
    tried(city, view)
    assert asked(city, view)


def test_who_would_lose_a_grade_is_counted_and_stands_first(city):
    # Without what is always there and without penalties nothing is known of a firm that has nothing else.
    text = harder(city)
    for name in ("registered", "licensed", "penalty_serious", "penalty_fines", "penalty_forged_trade"):
        text = text.replace(f"  - use: {name}\n", "")
    text = "\n".join(
        line for line in text.splitlines() if "penalty_general" not in line and "best_score" not in line
    )
    found = tried(city, draft(city, text)).trial
    assert found.lost == 2 and {(move.was != "", move.now) for move in found.worst} == {(True, "")}
    moved = sum(count for was, now, count in found.matrix if was in found.grades and now == "")
    assert found.lost == moved and found.got == 0
    two = Trial(**{**vars_of(found), "matrix": (("B", "", 3), ("", "C", 2), ("-", "B", 9), ("A", "-", 9))})
    assert (two.lost, two.got) == (3, 2)


def vars_of(trial: Trial) -> dict[str, object]:
    return {name: getattr(trial, name) for name in Trial.__dataclass_fields__}
