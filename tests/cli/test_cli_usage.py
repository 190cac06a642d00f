"""The command line speaks Chinese first: help, usage and what is wrong; names go where ids go, times are the city's."""

import argparse
import re
from datetime import UTC, datetime

import pytest

from ecredit.facts.actors.types import OPERATOR, Supplier
from ecredit.facts.collection.collect_actions import check_entitled, get_source
from ecredit.facts.collection.release_actions import reject_waiting_row
from ecredit.facts.subjects.errors import AlreadyDecided
from ecredit.facts.subjects.review_queries import list_review
from ecredit.foundation.kernel.errors import InputRefused, WrongUse
from ecredit.surface.cli.commands import FAMILIES, build_parser
from ecredit.surface.cli.main import main
from ecredit.surface.cli.usage import told
from tests.penalty_rows import code, row, table
from tests.subjects.test_subjects_review_journey import NAME, register

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def unexplained(parser: argparse.ArgumentParser) -> list[str]:
    found = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            found += [
                f"{parser.prog} {c.dest}" for c in action._choices_actions if not CHINESE.match(c.help or "")
            ]
            for verb in action.choices.values():
                found += unexplained(verb)
        elif not CHINESE.match(action.help or ""):
            found.append(f"{parser.prog} {action.option_strings or action.dest}")
    return found


def test_every_command_and_word_is_explained_in_chinese_first():
    assert unexplained(build_parser()) == []


def test_no_heading_of_any_help_is_english_or_said_twice(capsys):
    for words in ([], ["collect"], ["review", "list"]):
        with pytest.raises(SystemExit):
            main([*words, "--help"])
        headings = re.findall(r"^\S.*:$", capsys.readouterr().out, re.M)
        assert headings and all(CHINESE.match(heading) for heading in headings)
        assert len(headings) == len(set(headings))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "缺少：COMMAND"),
        ("collect", "缺少：SOURCE, FILE, --by"),
        ("nonsense", "COMMAND 没有 'nonsense' 这一项"),
        ("evaluat", "COMMAND 没有 'evaluat' 这一项，是不是 evaluate？"),
        ("evaluate --as-of", "--as-of 后面要写一个值"),
        ("evaluate --as-of 明天", "--as-of: “明天” 不是日期"),
        ("review list --limit x", "--limit 应为整数"),
        ("review show 1 2", "不认识的参数：2"),
        ("--home", "--home 后面要写一个值"),
        ("collect x", "缺少："),
    ],
)
def test_what_is_wrong_is_said_in_chinese_first(words, said, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words.split())
    shown = capsys.readouterr().err
    assert ended.value.code == 2 and shown.startswith("用法 usage: ")
    assert shown.splitlines()[-1].startswith(f"ecredit: {said}")


def test_a_fault_nobody_thought_of_is_said_as_well():
    assert told("something new") == "命令写得不对 / something new"


def test_a_source_goes_by_its_title(catalog):
    penalty = catalog.sources["dual_publicity_penalty"]
    assert (
        get_source(catalog, "行政处罚信息（双公示）")
        == get_source(catalog, penalty.title_en.upper())
        == penalty
    )
    with pytest.raises(WrongUse, match="ecredit sources"):
        get_source(catalog, "没有的")


def test_times_told_are_the_citys(collect, collector, settings, home):
    """Decided at 18:00 UTC: past midnight here."""
    settings.ECREDIT_HOME = home.root
    collect("registration", register((NAME, code(1), "常州市新北区通江路1号")))
    collect("dual_publicity_penalty", table(row(1, CF_XDR_MC=NAME, CF_XDR_SHXYM="")), name="p.csv")
    (item,) = list_review()
    evening = datetime(2026, 5, 12, 18, 0, tzinfo=UTC)
    said = {"item_id": item.id, "note": "", "by": OPERATOR, "at": evening}
    reject_waiting_row(collector, **said)
    with pytest.raises(AlreadyDecided) as again:
        reject_waiting_row(collector, **said)
    assert "2026-05-13 02:00" in again.value.zh and "2026-05-13 02:00" in again.value.en


def test_who_may_send_is_said_by_name(catalog):
    post = Supplier("youzheng", catalog.departments["youzheng"].name, "department")
    with pytest.raises(InputRefused) as refused:
        check_entitled(catalog.sources["association_membership"], post, catalog)
    assert "常州市民政局、行业协会" in refused.value.zh and "Association" in refused.value.en


def test_a_report_asked_for_somewhere_is_told_where_it_is(command, tmp_path):
    file, out = tmp_path / "处罚.csv", tmp_path / "问题.csv"
    file.write_text(table(row(1, CF_JDRQ="?")), encoding="utf-8")
    given = ["collect", "dual_publicity_penalty", str(file), "--by", "gongshang", "--report", str(out)]
    answer = command(*given)
    assert any(line.endswith(f"report: {out}") for line in answer.lines) and "CF_JDRQ" in out.read_text(
        encoding="utf-8-sig"
    )


def test_each_command_is_loaded_from_the_family_it_is_listed_under():
    import argparse

    def commands(parser) -> set[str]:
        [choices] = [
            action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction)
        ]
        return set(choices)

    assert commands(build_parser()) == {name for names in FAMILIES.values() for name in names}
    for names in FAMILIES.values():
        for name in names:
            assert commands(build_parser(["--home", "init", "--json", name])) == set(names)


def test_a_word_like_a_command_is_told_that_one_alone(capsys):
    from ecredit.surface.cli.main import main

    with pytest.raises(SystemExit) as ended:
        main(["detct"])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "是不是 detect？" in said and "did you mean detect?" in said and "collect" not in said
