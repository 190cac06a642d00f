"""The closed list of checks a source may ask for: how many columns each takes and with which params.

not_after             a, b: the date in a is not after the date in b
not_in_future         a …: the date is not after the day the file came in
required_if           a, b: a is filled when b contains one of params.values
                          (written as the Chinese names, when b has a lookup)
one_of_required       a, b …: at least one is filled
authority_code        a …: the USCC starts with 11 or 12, or with one of params.prefixes
not_negative          a …
amount_unit           amount, text: the amount is not what the text names ten thousand times over or under
amount_agrees         amount, text: the amount is one of those the text names, or the sum of those params.words speak of
amount_usual          amount, text: not above params.most (in the column's unit), unless the text names an amount too
                          (params.words, in all three: an amount in the text counts when one of them speaks of it)
pattern               a …: the whole value matches params.regex
name_matches_kind     name, kind: a natural person has no company's name and the reverse
person_needs_document kind, document type, document number: a natural person's row has both
no_identity_in_text   a …: free text holds no identity number or telephone
unique_in_file        a …, the source's key: no two rows of the file are the same document with other content
"""

import re
from dataclasses import dataclass

from ecredit.foundation.catalog.types import CheckSpec, Severity
from ecredit.foundation.catalog.yaml_nodes import Fields, nearest


@dataclass(frozen=True, slots=True)
class RuleForm:
    """How a check is written: from `least` to `most` columns, params it must or may have."""

    least: int
    most: int
    needs: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()
    severity: Severity = "hold"


_MANY = 99
RULES: dict[str, RuleForm] = {
    "not_after": RuleForm(2, 2),
    "not_in_future": RuleForm(1, _MANY),
    "required_if": RuleForm(2, 2, needs=frozenset({"values"})),
    "one_of_required": RuleForm(2, _MANY),
    "authority_code": RuleForm(1, _MANY, may=frozenset({"prefixes"})),
    "not_negative": RuleForm(1, _MANY),
    "amount_unit": RuleForm(2, 2, needs=frozenset({"words"})),
    "amount_agrees": RuleForm(2, 2, needs=frozenset({"words"}), severity="warn"),
    "amount_usual": RuleForm(2, 2, needs=frozenset({"words", "most"}), severity="warn"),
    "pattern": RuleForm(1, _MANY, needs=frozenset({"regex"})),
    "name_matches_kind": RuleForm(2, 2),
    "person_needs_document": RuleForm(3, 3),
    "no_identity_in_text": RuleForm(1, _MANY, severity="warn"),
    "unique_in_file": RuleForm(1, _MANY),
}
_SEVERITIES: tuple[Severity, ...] = ("hold", "warn")
_NUMBERS = ("most",)
_LISTS = ("values", "prefixes", "words")


def read_check(fields: Fields) -> CheckSpec:
    """Read one check; its columns are compared with the source's by the caller."""
    rule = fields.text("rule")
    form = RULES.get(rule)
    if form is None and rule:
        zh, en = nearest(rule, RULES)
        fields.fault("rule", "unknown_rule", f"没有检查 {rule}；{zh}", f"no check is called {rule}; {en}")
    columns = fields.texts("columns")
    params = _read_params(fields)
    usual: Severity = form.severity if form else "hold"
    severity = fields.one_of("severity", _SEVERITIES, default=usual)
    fields.done()
    if form is not None:
        _check_form(fields, rule, form, len(columns), set(params))
    return CheckSpec(rule, columns, params, severity)


def _read_params(fields: Fields) -> dict[str, object]:
    sub = fields.sub("params")
    if sub is None:
        return {}
    params: dict[str, object] = {}
    for key in sub.names():
        if key in _LISTS:
            params[key] = sub.texts(key)
        else:
            params[key] = sub.decimal(key) if key in _NUMBERS else sub.text(key)
    regex = params.get("regex")
    if isinstance(regex, str):
        try:
            re.compile(regex)
        except re.error as error:
            sub.fault(
                "regex",
                "bad_regex",
                f"正则表达式 {regex} 写法有误：{error}",
                f"the regular expression {regex} is wrong: {error}",
            )
    return params


def _check_form(fields: Fields, rule: str, form: RuleForm, columns: int, params: set[str]) -> None:
    if not form.least <= columns <= form.most:
        wanted = str(form.least) if form.least == form.most else f"≥ {form.least}"
        fields.fault(
            "columns",
            "wrong_columns",
            f"检查 {rule} 需要 {wanted} 列，这里写了 {columns} 列",
            f"the check {rule} takes {wanted} columns, {columns} are written",
        )
    for name in sorted(form.needs - params):
        fields.fault(
            "params",
            "missing_param",
            f"检查 {rule} 缺少参数 {name}；请写在 params 下",
            f"the check {rule} needs the param {name}; write it below params",
        )
    for name in sorted(params - form.needs - form.may):
        fields.fault(
            "params",
            "unknown_param",
            f"检查 {rule} 没有参数 {name}；请删去",
            f"the check {rule} has no param {name}; remove it",
        )
