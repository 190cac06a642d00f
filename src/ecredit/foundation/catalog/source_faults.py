"""What the parts of a source must agree on among themselves and with code tables and publicity rules."""

from collections.abc import Iterable, Mapping

from ecredit.foundation.catalog.load_sources import ReadSource
from ecredit.foundation.catalog.types import CheckSpec, CodeTable, Column, TermRule
from ecredit.foundation.catalog.yaml_nodes import FaultLog, Place, nearest
from ecredit.foundation.kernel.codes import IdKind

_ID_TYPES = {"uscc": "uscc", "person_id": "person_id", "org_code": "org_code"}
DESCRIBED = ("address", "legal_rep", "status")
"""What a register's source may say of its subjects beside their name."""
_NUMERIC = ("amount", "number", "integer")


def check_source(
    read: ReadSource, tables: Mapping[str, CodeTable], rules: Iterable[TermRule], log: FaultLog
) -> None:
    """Write down every disagreement inside one source."""
    source = read.source
    known = {column.code: column for column in source.columns}
    _check_names(read, known, log)
    _check_identifiers(read, known, log)
    _check_dates(read, known, log)
    _check_occurred(read, known, log)
    _check_key(read, known, log)
    _check_party(read, known, log)
    _check_kinds(read, log)
    _check_only_departments(read, known, tables, log)
    for check, place in zip(source.checks, read.checks, strict=True):
        _check_check(check, place, source.key, known, tables, log)
    _check_found_terms(read, known, tables, log)
    if source.publicity != "none":
        for rule in rules:
            if rule.id in (source.publicity, *(found.rule for found in source.found_terms)):
                _check_publicity(read, rule, known, log)


def _unknown(code: str, known: Mapping[str, Column], place: Place, log: FaultLog) -> None:
    zh, en = nearest(code, known)
    log.add(place, "unknown_column", f"没有列 {code}；{zh}", f"there is no column {code}; {en}")


def _check_names(read: ReadSource, known: Mapping[str, Column], log: FaultLog) -> None:
    source, fields = read.source, read.fields
    single = {
        "name_column": source.name_column,
        "subject_kind_column": source.subject_kind_column,
        "occurred": source.occurred,
        "ends": source.ends,
        "deadline": source.deadline.column,
    }
    for key, code in single.items():
        if code and code not in known:
            _unknown(code, known, fields.at(key), log)
    for code in source.key:
        if code not in known:
            _unknown(code, known, fields.at("key"), log)
    for code in source.issued_by:
        if code not in known:
            _unknown(code, known, fields.at("issued_by"), log)
        elif known[code].type != "text":
            log.add(
                fields.at("issued_by"),
                "bad_type",
                f"issued_by 的列 {code} 应为名称列(type: text)",
                f"the column {code} of issued_by should hold a name (type: text)",
            )
    for kind, code in source.own_code.items():
        if kind not in source.supplier_kinds:
            zh, en = nearest(kind, source.supplier_kinds)
            log.add(
                fields.at("own_code"),
                "bad_choice",
                f"own_code 中的 {kind} 不在 supplier_kinds；{zh}",
                f"{kind} in own_code is not among supplier_kinds; {en}",
            )
        if code not in known:
            _unknown(code, known, fields.at("own_code"), log)
    shop = source.shop_name_column
    if shop is not None and shop not in known:
        _unknown(shop, known, fields.at("shop_name_column"), log)
    elif shop is not None and not known[shop].public:
        log.add(
            fields.at("shop_name_column"),
            "not_public",
            f"shop_name_column 的列 {shop} 不公示，不能用来查询",
            f"the column {shop} of shop_name_column is not public, so nobody may search by it",
        )
    for said, code in source.describes.items():
        if said not in DESCRIBED:
            zh, en = nearest(said, DESCRIBED)
            log.add(
                fields.at("describes"),
                "bad_choice",
                f"describes 不能写 {said}；{zh}",
                f"describes cannot say {said}; {en}",
            )
        elif code and code not in known:
            _unknown(code, known, fields.at("describes"), log)
    for column in source.columns:
        if column.document_column and column.document_column not in known:
            _unknown(column.document_column, known, read.columns[column.code], log)
    for code in source.identifiers.values():
        if code and code not in known:
            _unknown(code, known, fields.at("identifiers"), log)


def _check_identifiers(read: ReadSource, known: Mapping[str, Column], log: FaultLog) -> None:
    kinds = [kind.value for kind in IdKind]
    place = read.fields.at("identifiers")
    for kind, code in read.source.identifiers.items():
        if kind not in kinds:
            zh, en = nearest(kind, kinds)
            log.add(place, "bad_choice", f"没有标识种类 {kind}；{zh}", f"no identifier is a {kind}; {en}")
        column = known.get(code)
        wanted = _ID_TYPES.get(kind)
        if column is not None and wanted is None and column.type == "text":
            # A spreadsheet makes 3.20411E+14 of many firms' numbers: read as text it would be one firm's code.
            log.add(
                place,
                "bad_type",
                f"{kind} 对应的列 {code} 是代码，类型不能是 text；请用 reg_no 或 any_code",
                f"the column {code} of {kind} holds a code, so it cannot be text; use reg_no or any_code",
            )
        if column is None or wanted is None or column.type == wanted:
            continue
        if kind == "person_id" and column.personal == "identity":
            continue  # other documents than the identity card come in the same column
        log.add(
            place,
            "bad_type",
            f"{kind} 对应的列 {code} 的类型应为 {wanted}",
            f"the column {code} of {kind} should be of the type {wanted}",
        )


def _check_dates(read: ReadSource, known: Mapping[str, Column], log: FaultLog) -> None:
    source = read.source
    used = {"occurred": source.occurred, "ends": source.ends, "deadline": source.deadline.column}
    for key, code in used.items():
        column = known.get(code) if code else None
        if column is not None and column.type != "date":
            log.add(
                read.fields.at(key),
                "bad_type",
                f"{key} 用到的列 {code} 应为日期列（type: date）",
                f"the column {code} used by {key} should be a date column (type: date)",
            )


def _check_occurred(read: ReadSource, known: Mapping[str, Column], log: FaultLog) -> None:
    column = known.get(read.source.occurred)
    if column is not None and not column.required:
        log.add(
            read.fields.at("occurred"),
            "occurred_optional",
            f"发生日期列 {column.code} 不是必填；请写 required: true",
            f"the column {column.code} with the day it became true may be empty; make it required",
        )


def _check_key(read: ReadSource, known: Mapping[str, Column], log: FaultLog) -> None:
    source, place = read.source, read.fields.at("key")
    if not source.key:
        log.add(place, "missing_key", "缺少 key；请写文书的自然键", "key is missing; name the natural key")
    if source.key_mode == "all":
        for code in source.key:
            if code in known and not known[code].required:
                log.add(
                    place,
                    "key_optional",
                    f"键列 {code} 不是必填；请写 required: true 或改用 key_mode: first",
                    f"the key column {code} may be empty; make it required or use key_mode: first",
                )


def _check_party(read: ReadSource, known: Mapping[str, Column], log: FaultLog) -> None:
    """A name is written differently from one file to the next, so it stands in for a code, never in the key itself."""
    source, fields = read.source, read.fields
    if source.name_column in source.key:
        log.add(
            fields.at("key"),
            "name_in_key",
            f"key 不能含名称列 {source.name_column}：名称更正后会成为另一份文书；请去掉并写 party: [代码列…, {source.name_column}]",
            f"the name {source.name_column} may not be in key: put right, it would make a second document; "
            f"write party: [code columns …, {source.name_column}] instead",
        )
    if not source.party:
        return
    place = fields.at("party")
    for code in source.party:
        if code not in known:
            _unknown(code, known, place, log)
    codes = {code for kind, code in source.identifiers.items() if kind != IdKind.PERSON_ID}
    name, others = source.party[-1], source.party[:-1]
    if name != source.name_column or not others or not codes.issuperset(others) or source.key_mode != "all":
        log.add(
            place,
            "bad_party",
            f"party 须先写 identifiers 中的登记代码列（身份证件号码除外），最后写名称列 {source.name_column}，并用 key_mode: all",
            f"party names register codes of identifiers (no person's number), then the name {source.name_column}, "
            "and goes with key_mode: all",
        )


def _check_kinds(read: ReadSource, log: FaultLog) -> None:
    source = read.source
    if source.default_subject_kind and source.default_subject_kind not in source.subject_kinds:
        log.add(
            read.fields.at("default_subject_kind"),
            "kinds_disagree",
            f"default_subject_kind {source.default_subject_kind} 不在 subject_kinds 中",
            f"default_subject_kind {source.default_subject_kind} is not among subject_kinds",
        )


def _check_check(
    check: CheckSpec,
    place: Place,
    key: tuple[str, ...],
    known: Mapping[str, Column],
    tables: Mapping[str, CodeTable],
    log: FaultLog,
) -> None:
    for code in check.columns:
        if code not in known:
            _unknown(code, known, place, log)
    if check.rule == "unique_in_file" and check.columns != key:
        log.add(
            place,
            "not_the_key",
            f"unique_in_file 的列须与 key 相同：{'、'.join(key)}",
            f"unique_in_file takes the columns of key: {', '.join(key)}",
        )
    columns = [known[code] for code in check.columns if code in known]
    wanted: tuple[str, ...] = ()
    if check.rule in ("not_after", "not_in_future"):
        wanted = ("date",)
    elif check.rule == "not_negative":
        wanted = _NUMERIC
    elif check.rule == "authority_code":
        wanted = ("uscc",)
    amounts = check.rule in ("amount_unit", "amount_agrees", "amount_usual")
    for place_of, column in enumerate(columns):
        if amounts:
            wanted = ("text",) if place_of else ("amount",)
        if wanted and column.type not in wanted:
            log.add(
                place,
                "bad_type",
                f"检查 {check.rule} 不能用于 {column.type} 列 {column.code}",
                f"the check {check.rule} cannot be used on {column.code}, a {column.type}",
            )
    values = check.params.get("values")
    table = tables.get(columns[1].lookup or "") if len(columns) == 2 else None
    if check.rule == "required_if" and isinstance(values, tuple) and table is not None:
        _check_values(values, table, place, log)


def _check_only_departments(
    read: ReadSource, known: Mapping[str, Column], tables: Mapping[str, CodeTable], log: FaultLog
) -> None:
    place = read.fields.at("only_departments")
    for code, values in read.source.only_departments.items():
        column = known.get(code)
        table = None if column is None else tables.get(column.lookup or "")
        if column is None:
            _unknown(code, known, place, log)
        elif column.type != "code":
            log.add(
                place,
                "bad_type",
                f"only_departments 的列 {code} 应为代码列(type: code)",
                f"the column {code} of only_departments should hold a code (type: code)",
            )
        elif table is not None:
            _check_values(values, table, place, log)


def _check_found_terms(
    read: ReadSource, known: Mapping[str, Column], tables: Mapping[str, CodeTable], log: FaultLog
) -> None:
    place = read.fields.at("publicity_found")
    for found in read.source.found_terms:
        for code, wanted in ((found.column, "code"), (found.counted_from, "date")):
            column = known.get(code)
            if column is None:
                _unknown(code, known, place, log)
            elif column.type != wanted:
                log.add(
                    place,
                    "bad_type",
                    f"publicity_found 的列 {code} 应为 type: {wanted}",
                    f"the column {code} of publicity_found should be of type {wanted}",
                )
        said = known.get(found.column)
        table = None if said is None else tables.get(said.lookup or "")
        if table is not None:
            _check_values((found.value,), table, place, log)


def _check_values(values: Iterable[str], table: CodeTable, place: Place, log: FaultLog) -> None:
    for value in values:
        found = table.lookup(value)
        if found is None or found.zh != value:
            zh, en = nearest(value, [entry.zh for entry in table.entries.values()])
            log.add(
                place,
                "unknown_code",
                f"代码表 {table.id} 中没有 {value}；{zh}",
                f"the code table {table.id} has no {value}; {en}",
            )


def _check_publicity(read: ReadSource, rule: TermRule, known: Mapping[str, Column], log: FaultLog) -> None:
    place = read.fields.at("publicity")
    if not any(column.public for column in read.source.columns):
        log.add(
            place,
            "nothing_public",
            "要公示却没有 public: true 的列；请标出可公示的列或写 publicity: none",
            "it is shown but no column is public; mark the public columns or write publicity: none",
        )
    kinds = rule.columns.get("kinds", ())
    if rule.kind == "by_penalty_kind" and not any(code in known for code in kinds):
        log.add(
            place,
            "unknown_column",
            f"公示规则 {rule.id} 要读的列（{'、'.join(kinds)}）本源没有",
            f"the publicity rule {rule.id} reads {', '.join(kinds)}, which this source has not",
        )
    if rule.kind in ("while_valid", "while_valid_at_least", "until_removed") and read.source.ends is None:
        log.add(
            place,
            "missing_key",
            f"公示规则 {rule.id} 需要 ends；请写到期或移出日期的列",
            f"the publicity rule {rule.id} needs ends; name the column with the day it stops",
        )
