"""ecredit sources, suppliers, template, organisation: what there is to send, and who may."""

import argparse
import csv
from pathlib import Path

from ecredit.facts.actors.organisation_actions import KINDS, register_organisation
from ecredit.facts.actors.queries import list_organisations
from ecredit.facts.collection.collect_actions import get_source
from ecredit.facts.collection.entitled import list_senders
from ecredit.facts.collection.template_workbook import write_template
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.surface.cli.answer import Answer, columns, named
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare the listing commands."""
    sources = commands.add_parser("sources", parents=[everywhere], help="数据源 what can be collected")
    sources.set_defaults(run=run_sources)
    suppliers = commands.add_parser("suppliers", parents=[everywhere], help="报送单位 who may send")
    suppliers.set_defaults(run=run_suppliers)
    template = commands.add_parser(
        "template", parents=[everywhere], help="空白模板 an empty file of a source"
    )
    template.add_argument("source", metavar="SOURCE")
    template.add_argument("--out", type=Path, required=True, metavar="OUT.xlsx|OUT.csv")
    template.set_defaults(run=run_template)
    add = commands.add_parser("organisation", parents=[everywhere], help="登记报送单位 register a supplier")
    add.add_argument("id", metavar="ID")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--kind", required=True, choices=KINDS)
    add.add_argument("--uscc", default="")
    add.set_defaults(run=run_organisation)


def run_sources(_args: argparse.Namespace, context: Context) -> Answer:
    """List the catalogue's sources."""
    sources = list(context.catalog.sources.values())
    rows = [(s.id, s.title_zh, "、".join(list_senders(s, context.catalog))) for s in sources]
    document = {"sources": [{"id": s.id, "title": {"zh": s.title_zh, "en": s.title_en}} for s in sources]}
    return Answer(document, columns(rows, ("数据源 SOURCE", "名称 title", "报送单位 suppliers")))


def run_suppliers(_args: argparse.Namespace, context: Context) -> Answer:
    """List departments (with what they were called) and registered organisations."""
    _ = context.home
    rows: list[tuple[str, str, str, str]] = []
    for d in context.catalog.departments.values():
        former = "、".join(n.name for n in d.names if n.name != d.name)
        rows.append((d.id, d.name, d.kind, f"→ {d.merged_into}" if d.merged_into else former))
    rows += [(o.id, o.name, o.kind, "") for o in list_organisations()]
    document = {"suppliers": [{"id": i, "name": n, "kind": k} for i, n, k, _ in rows]}
    shown = [(i, n, named(f"desk.kind_{k}", k), former) for i, n, k, former in rows]
    return Answer(
        document,
        columns(shown, ("编号 ID", "名称 name", "类型 kind", "曾用名或并入 former names / merged into")),
    )


def run_template(args: argparse.Namespace, context: Context) -> Answer:
    """Write an empty workbook to fill in, or a CSV with the Chinese headers that Excel opens."""
    source = get_source(context.catalog, args.source)
    match args.out.suffix.lower():
        case ".xlsx":
            write_template(source, context.catalog, args.out)
        case ".csv":
            with args.out.open("w", encoding="utf-8-sig", newline="") as file:
                csv.writer(file).writerow([column.name for column in source.columns])
        case other:
            raise WrongUse(
                f"模板只能写成 .xlsx 或 .csv，不能是“{other}”",
                f"a template is an .xlsx or a .csv, not '{other}'",
            )
    return Answer({"source": source.id, "out": str(args.out)}, [f"模板已写入 template written: {args.out}"])


def run_organisation(args: argparse.Namespace, context: Context) -> Answer:
    """Register a platform, courier, payment institution … as a supplier."""
    supplier = register_organisation(
        id=args.id,
        name=args.name,
        kind=args.kind,
        uscc=args.uscc,
        ring=context.ring,
        by=context.operator,
        at=context.now,
    )
    return Answer(
        {"id": supplier.id, "name": supplier.name, "kind": supplier.kind},
        [f"已登记 registered: {supplier.id}"],
    )
