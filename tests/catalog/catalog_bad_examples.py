"""One bad catalogue per sort of fault: an edit of the small city's files, and the line that must be named."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bad:
    """Replacing `old` by `new` in `file` gives a fault of `kind` on the line that holds `at`."""

    kind: str
    file: str
    old: str
    new: str
    at: str
    says: str = ""

    @property
    def name(self) -> str:
        """A readable id for the test report."""
        return f"{self.kind}:{self.file}:{self.at[:24]}"


DEMO = "sources/demo.yaml"
TERMS = "publicity/terms.yaml"
LAWS = "laws/laws.yaml"
KIND = "codes/subject_kind.yaml"
PLACE = "codes/place.yaml"
WHO = "departments.yaml"
ITEMS = "items.yaml"
ROLES = "roles/roles.yaml"
TRIAGE = "triage.yaml"
FLAG = "flags/five_stars.yaml"
TRADE = "trade.yaml"
RATING = "ratings/buyer_to_shop.yaml"
WARNING = "warnings/runs_out.yaml"
COUNTED = "warnings/counted.yaml"
MONITOR = "monitoring.yaml"

BAD = [
    # shapes
    Bad("bad_yaml", DEMO, "title: {zh: 示例, en: Example}", "title: {zh: 示例, en: [Example}", "title:"),
    Bad("bad_type", ITEMS, "items:", "- items:", "- items:", says="一组"),
    Bad("bad_type", DEMO, "retention_months: 36", "retention_months: 三年", "retention_months", "a whole number"),
    Bad("bad_type", DEMO, "verified: false\ndescribes", "verified: 也许\ndescribes", "verified: 也许", "true or false"),
    Bad("bad_type", LAWS, "valid_from: 2020-01-01", "valid_from: 2020-13-01", "2020-13-01", "2026-04-01"),
    Bad("bad_type", DEMO, "task_ids: [T01]", "task_ids: T01", "task_ids", "列表"),
    Bad("bad_type", DEMO, "task_ids: [T01]", "task_ids: [{a: 1}]", "task_ids", "texts"),
    Bad("bad_type", DEMO, "expected: {per: month, low: 1, high: 20}", "expected: 20", "expected", "mapping"),
    Bad("bad_type", DEMO, "about: 示例源", "about: [示例源]", "about", "a text"),
    Bad("bad_type", WHO, "departments:\n", "departments: market\nmore:\n", "departments: market", "-"),
    Bad("bad_type", WHO, "    names:\n      - {name: 市工商局", "    names:\n      - 市工商局\n      - {name: 工商局", "- 市工商局"),
    Bad("bad_type", TERMS, "fine_below: 0.5", "fine_below: 少量", "fine_below", "a number"),
    Bad(
        "bad_type",
        DEMO,
        "deadline: {kind: after_event, column: decided_on, workdays: 7, basis: {law: order_one}, verified: true}",
        "deadline: {kind: periodic, months: [一月], verified: true}",
        "deadline",
        "whole numbers",
    ),
    Bad("bad_type", "workdays.yaml", "2027-02-14", "二月", "二月", "2026-04-01"),
    Bad("unknown_permission", ROLES, "[batch.submit]", "[batch.send]", "batch.send", "batch.submit"),
    Bad("unknown_role", ROLES, "excludes: [clerk]", "excludes: [clark]", "clark", "clerk"),
    Bad("unknown_kind", ROLES, "of: [department]", "of: [departments]", "of: [departments]", "department"),
    Bad("duplicate_id", ROLES, "id: officer", "id: clerk", "id: clerk\n    zh: 信用", "twice"),
    Bad("cannot_wait", "roles/permissions.yaml", "zh: 报送文件, en: submit files", "zh: 报送, en: submit, four_eyes: true", "id: batch.submit", "agreement"),
    Bad("has_to_wait", "roles/permissions.yaml", "id: batch.submit", "id: model.adopt", "id: model.adopt", "four_eyes: true"),
    Bad("personal_differs", "roles/permissions.yaml", "zh: 报送文件, en: submit files", "zh: 报送, en: submit, personal: true", "id: batch.submit", "personal: false"),
    Bad("personal_differs", "roles/permissions.yaml", "id: batch.submit", "id: held.read", "id: held.read", "personal: true"),
    Bad("duplicate_id", "roles/permissions.yaml", "id: record.correct", "id: batch.submit", "id: batch.submit, zh: 更正", "twice"),
    Bad("bad_schedule", "schedule.yaml", "every: 1m", "every: 1 minute", "every", "either"),
    Bad("bad_schedule", "schedule.yaml", 'at: "00:05"', 'at: "24:05"', "24:05", "either"),
    Bad("duplicate_id", "schedule.yaml", "id: evaluate", "id: seal_notes", "id: seal_notes, zh: 每日", "twice"),
    # keys
    Bad("unknown_key", DEMO, "tone: bad", "tone: bad\ntonne: bad", "tonne", "did you mean tone?"),
    Bad("unknown_key", DEMO, "{code: name, name: 名称, required: true", "{code: name, name: 名称, requried: true", "requried"),
    Bad("unquoted_comma", LAWS, "summary: 应当报送", "summary: 应当报送,并公示", "并公示", "quotes"),
    Bad("duplicate_key", DEMO, "tone: bad", "tone: bad\ntone: good", "tone: good", "twice"),
    Bad("missing_key", DEMO, "about: 示例源\n", "", "id: demo", "about"),
    Bad("missing_key", DEMO, "title: {zh: 示例, en: Example}\n", "", "id: demo", "title"),
    Bad("missing_key", DEMO, "legal_basis:\n  - {law: order_one, article: \"3\"}", "legal_basis: []", "legal_basis", "without one"),
    Bad("missing_key", DEMO, "key: [authority_code, number]", "key: []", "key: []", "natural key"),
    Bad("missing_key", DEMO, "expected: {per: month, low: 1, high: 20}\n", "", "id: demo", "expected"),
    Bad(
        "missing_key",
        DEMO,
        "deadline: {kind: after_event, column: decided_on, workdays: 7, basis: {law: order_one}, verified: true}\n",
        "",
        "id: demo",
        "deadline",
    ),
    Bad("missing_key", DEMO, "supplier_kinds: [department, platform]\n", "", "id: demo", "supplier_kinds"),
    Bad("missing_key", DEMO, "type: amount, unit: 万元", "type: amount", "code: fine", "unit"),
    Bad("missing_key", DEMO, "type: code, lookup: subject_kind", "type: code", "code: kind", "lookup"),
    Bad("missing_key", LAWS, "verified: false", "url_note: 无", "id: order_two", "verified"),
    Bad("missing_key", TERMS, "kind: fixed_months, months: 12", "kind: fixed_months", "whole_year", "months"),
    Bad("missing_key", TERMS, "    default_class: usual\n", "", "id: penalty", "default_class"),
    Bad("missing_key", TERMS, '        law: {law: order_one, article: "3"}\n', "", "id: market_warning", "law"),
    Bad("missing_key", "tasks.yaml", "number: 1", "number:", "number:", "number"),
    Bad("missing_key", DEMO, "ends: until\nsharing: conditional\nsharing_note: 只供履职\npublicity: penalty", "sharing: none\npublicity: while_it_lasts", "publicity", "ends"),
    # words from a closed list
    Bad("bad_choice", DEMO, "tone: bad", "tone: terrible", "tone: terrible", "good"),
    Bad("bad_choice", DEMO, "[department, platform]", "[department, plattform]", "plattform", "payment_institution"),
    Bad("bad_choice", DEMO, "{uscc: uscc, person_id", "{usccc: uscc, person_id", "usccc", "did you mean uscc?"),
    Bad("bad_choice", DEMO, "describes: {address: address}", "describes: {adress: address}", "adress"),
    # identity and names
    Bad("duplicate_id", LAWS, "id: order_two", "id: order_one", "id: order_one\n    title: 第二", "order_one"),
    Bad("duplicate_id", WHO, "id: quality", "id: market", "id: market\n    name: 常州市质量", "market"),
    Bad("duplicate_id", ITEMS, "id: supplement", "id: penalty", "id: penalty\n    name: 补充", "penalty"),
    Bad("duplicate_id", KIND, "code: 自然人", "code: 法人及非法人组织", "zh: 自然人", "法人及非法人组织"),
    Bad("duplicate_id", DEMO, "{code: phone,", "{code: name,", "name: 电话", "name"),
    Bad(
        "duplicate_id",
        "tasks.yaml",
        "    cooperating: [quality]",
        "    cooperating: [quality]\n  - {number: 2, id: T01, title: 又一, text: 又一。, lead: [market]}",
        "number: 2",
        "T01",
    ),
    Bad("file_name", DEMO, "id: demo", "id: demos", "id: demos", "demo.yaml"),
    Bad("file_name", KIND, "id: subject_kind", "id: kinds", "id: kinds", "subject_kind.yaml"),
    Bad("duplicate_name", WHO, "name: 市质监局", "name: 常州市工商局", "name: 常州市质量技术监督局", "market"),
    Bad("ambiguous_value", KIND, 'aliases: ["01"]', 'aliases: ["02"]', "code: 自然人", "02"),
    Bad("ambiguous_header", DEMO, "name: 地址", "name: 电话", "code: address", "电话"),
    # periods
    Bad("dates_reversed", ITEMS, "valid_to: 2024-12-01", "valid_to: 2023-11-10", "valid_to", "not after"),
    Bad("editions_overlap", TERMS, "valid_to: 2026-04-01", "valid_to: 2026-05-01", "valid_to: 2026-05-01", "usual"),
    Bad("day_twice", "workdays.yaml", "resting: [2027-02-08", "resting: [2027-02-14", "resting", "both"),
    # references
    Bad("unknown_law", DEMO, '- {law: order_one, article: "3"}', "- {law: order_on}", "order_on}", "did you mean order_one?"),
    Bad("unknown_article", DEMO, 'article: "3"', 'article: "30"', 'article: "30"', "order_one#30"),
    Bad("unknown_department", DEMO, "suppliers: [market]", "suppliers: [markets]", "markets", "did you mean market?"),
    Bad("unknown_department", WHO, "merged_into: market", "merged_into: nobody", "merged_into", "nobody"),
    Bad("unknown_department", "tasks.yaml", "lead: [market]", "lead: [nobody]", "lead", "nobody"),
    Bad("unknown_item", DEMO, "item: penalty", "item: penality", "item: penality", "did you mean penalty?"),
    Bad("unknown_code_table", DEMO, "lookup: subject_kind", "lookup: subjects", "lookup: subjects", "subjects"),
    Bad("unknown_term_rule", DEMO, "publicity: penalty", "publicity: forever", "publicity", "forever"),
    Bad("unknown_task", DEMO, "task_ids: [T01]", "task_ids: [T21]", "task_ids", "T21"),
    Bad("unknown_code", DEMO, "default_subject_kind: 法人及非法人组织", "default_subject_kind: 法人", "default_subject_kind", "法人"),
    Bad("unknown_code", TERMS, "only_kinds: [警告]", "only_kinds: [口头警告]", "only_kinds", "口头警告"),
    Bad("unknown_code", TERMS, "      罚款: {class", "      罚金: {class", "罚金", "罚金"),
    Bad("unknown_code", DEMO, "values: [罚款]", "values: [罚金]", "rule: required_if", "罚金"),
    Bad("unknown_parent", PLACE, 'zh: 老区, en: New district, parent: "01"', 'zh: 新区, en: New district, parent: "09"', 'code: "03"', "09"),
    Bad("unknown_term_class", TERMS, "default_class: usual", "default_class: heavy", "id: penalty", "heavy"),
    Bad("merger_circle", WHO, "    role: 登记", "    merged_into: quality\n    role: 登记", "city:", "circle"),
    # columns
    Bad("unknown_column", DEMO, "name_column: name", "name_column: nam", "name_column", "did you mean name?"),
    Bad("unknown_column", DEMO, "key: [authority_code, number]", "key: [authority_code, numbr]", "key:", "number"),
    Bad("unknown_column", DEMO, "occurred: decided_on", "party: [usc, name]\noccurred: decided_on", "party", "uscc"),
    Bad("bad_party", DEMO, "occurred: decided_on", "party: [document_number, name]\noccurred: decided_on", "party", "no person's number"),
    Bad("bad_party", DEMO, "occurred: decided_on", "party: [name, uscc]\noccurred: decided_on", "party", "then the name"),
    Bad("name_in_key", DEMO, "key: [authority_code, number]", "key: [authority_code, name]", "key:", "second document"),
    Bad("not_the_key", DEMO, "checks:\n", "checks:\n  - {rule: unique_in_file, columns: [number]}\n", "unique_in_file", "authority_code, number"),
    Bad("unknown_column", DEMO, "person_id: document_number}", "person_id: document_numbr}", "identifiers", "document_number"),
    Bad("unknown_column", DEMO, "columns: [decided_on, until]}", "columns: [decided_on, untill]}", "untill", "until"),
    Bad("unknown_column", DEMO, "column: decided_on, workdays", "column: decided, workdays", "column: decided,", "decided_on"),
    Bad("unknown_column", DEMO, "document_column: document_kind", "document_column: kinds", "document_column: kinds", "kinds"),
    Bad("bad_choice", DEMO, "own_code: {platform: uscc}", "own_code: {courier: uscc}", "own_code", "courier"),
    Bad("unknown_column", DEMO, "own_code: {platform: uscc}", "own_code: {platform: usc}", "own_code", "uscc"),
    Bad("unknown_column", DEMO, "occurred: decided_on", "only_departments: {kinds: [罚款]}\noccurred: decided_on", "only_departments", "kind"),
    Bad("bad_type", DEMO, "occurred: decided_on", "only_departments: {number: [罚款]}\noccurred: decided_on", "only_departments", "a code"),
    Bad("unknown_code", DEMO, "occurred: decided_on", "only_departments: {penalty_kind: [罚金]}\noccurred: decided_on", "only_departments", "罚金"),
    Bad("unknown_column", DEMO, "describes: {address: address}", "describes: {address: addres}", "describes", "address"),
    Bad("unknown_column", TERMS, "kinds: [penalty_kind]", "kinds: [kinds]", "", "kinds"),
    Bad("unknown_column", DEMO, "occurred: decided_on", "issued_by: [numbr]\noccurred: decided_on", "issued_by", "number"),
    Bad("bad_type", DEMO, "occurred: decided_on", "issued_by: [authority_code]\noccurred: decided_on", "issued_by", "a name"),
    Bad("unknown_column", DEMO, "occurred: decided_on", "shop_name_column: numbr\noccurred: decided_on", "shop_name_column", "number"),
    Bad("not_public", DEMO, "occurred: decided_on", "shop_name_column: document_number\noccurred: decided_on", "shop_name_column", "not public"),
    Bad("bad_type", DEMO, "ends: until", "ends: number", "ends: number", "date"),
    Bad("bad_type", DEMO, "{uscc: uscc, person_id", "{uscc: name, person_id", "identifiers", "uscc"),
    Bad("bad_type", DEMO, "rule: not_negative, columns: [fine]", "rule: not_negative, columns: [number]", "not_negative", "number"),
    Bad("key_optional", DEMO, "name: 文号, required: true", "name: 文号", "key:", "number"),
    Bad("occurred_optional", DEMO, "type: date, required: true, public", "type: date, public", "occurred", "decided_on"),
    Bad("personal_public", DEMO, "personal: identity", "personal: identity, public: true", "code: document_number", "cannot be public"),
    Bad("personal_open", DEMO, "type: phone, personal: phone", "type: phone", "code: phone", "personal"),
    Bad("nothing_public", DEMO, "public: true, ", "", "publicity", "public"),
    Bad("kinds_disagree", DEMO, "subject_kinds: [法人及非法人组织, 自然人]", "subject_kinds: [自然人]", "default_subject_kind"),
    Bad("suppliers_disagree", DEMO, "supplier_kinds: [department, platform]", "supplier_kinds: [platform]", "suppliers: [market]"),
    Bad("bad_range", DEMO, "low: 1, high: 20", "low: 30, high: 20", "expected", "low"),
    Bad("bad_deadline", DEMO, "column: decided_on, workdays: 7", "column: decided_on", "deadline", "workdays"),
    Bad("bad_deadline", DEMO, "kind: after_event, column: decided_on, workdays: 7", "kind: periodic, months: [13]", "deadline", "12"),
    # checks
    Bad("unknown_rule", DEMO, "rule: not_after", "rule: not_aftr", "not_aftr", "did you mean not_after?"),
    Bad("wrong_columns", DEMO, "columns: [decided_on, until]}", "columns: [decided_on]}", "columns: [decided_on]}", "2 columns"),
    Bad("missing_param", DEMO, "params: {values: [罚款]}, ", "", "required_if", "values"),
    Bad("unknown_param", DEMO, "{rule: not_negative, columns: [fine]}", "{rule: not_negative, columns: [fine], params: {least: 1}}", "least", "least"),
    Bad("bad_type", DEMO, "{rule: not_negative, columns: [fine]}", "{rule: amount_unit, columns: [fine, until], params: {words: [罚款]}}", "amount_unit", "until"),
    Bad("bad_type", DEMO, "{rule: not_negative, columns: [fine]}", "{rule: amount_usual, columns: [fine, name], params: {words: [罚款], most: much}}", "amount_usual", "most"),
    # trade tables
    Bad("bad_choice", TRADE, "feeds: [detection]}", "feeds: [detecting]}", "detecting", "detection"),
    Bad("bad_choice", TRADE, "suppliers: [payment_institution]", "suppliers: [payment_institutoin]", "payment_institutoin]", "did you mean payment_institution?"),
    Bad("bad_choice", TRADE, "type: instant", "type: moment", "moment", "instant"),
    Bad("duplicate_id", TRADE, "id: sales", "id: shops", "id: shops\n    zh: 单", "twice"),
    Bad("duplicate_id", TRADE, "id: device_id", "id: score", "id: score, name: 设备", "twice"),
    Bad("unknown_column", TRADE, "refers: shops.shop_id", "refers: shops.shop", "shops.shop}", "shops.shop_id"),
    Bad("unknown_column", TRADE, "columns: [sales.device_id]", "columns: [sales.device]", "sales.device]", "sales.device_id"),
    Bad("unknown_column", TRADE, "key: [sale_id]", "key: [sales_id]", "key: [sales_id]", "sale_id"),
    Bad("unknown_column", TRADE, "day: sold_at", "day: sold_on", "day: sold_on", "sold_at"),
    Bad("unknown_column", TRADE, "after: sold_at", "after: state", "    columns:\n      - {id: sale_id", "sold_at"),
    Bad("bad_choice", TRADE, "stands_for: device", "stands_for: devices", "stands_for: devices", "device"),
    Bad("bad_choice", TRADE, "suppliers: [platform]", "suppliers: [platforms]", "platforms]", "platform"),
    Bad("bad_type", TRADE, "day: sold_at", "day: state", "day: state", "instants"),
    Bad("bad_type", TRADE, "type: number, low: 1", "type: text, low: 1", "type: text, low", "numbers"),
    Bad("bad_range", TRADE, "low: 1, high: 5", "low: 6, high: 5", "high: 5", "below"),
    Bad("key_optional", TRADE, "name: 单, type: token, required: true", "name: 单, type: token", "key: [sale_id]", "may be missing"),
    Bad("missing_key", TRADE, "    key: [sale_id]\n", "", "id: sales", "makes a row one"),
    Bad("wrong_name", FLAG, "id: five_stars", "id: six_stars", "six_stars", "six_stars.yaml"),
    Bad("bad_number", FLAG, "strength: 0.4", "strength: 9.5", "strength", "at most 4"),
    Bad("bad_number", TRIAGE, "orders: 2", "orders: 0", "reopens", "over 0"),
    Bad("bad_number", TRIAGE, "low: 0.5", "low: 1.5", "teaching", "not below 1"),
    Bad("no_reason", TRIAGE, "dismiss:\n  - {id: sale, zh: 促销, en: a sale}\n", "", "reopens", "dismiss"),
    Bad("duplicate_id", TRIAGE, "{id: other, zh", "{id: seen, zh", "其他", "seen"),
    Bad("bad_choice", MONITOR, "id: shops\n", "id: shopz\n", "id: shopz", "shops"),
    Bad("duplicate_id", MONITOR, "id: licence_shown", "id: shops", "id: shops\n    group: shops\n    title: {zh: 亮照", "written twice"),
    Bad("unknown_source", MONITOR, "sources: [demo]\n    unit: share", "sources: [demos]\n    unit: share", "[demos]", "demo"),
    Bad("bad_number", MONITOR, "least: 5", "least: -5", "least: -5", "not below 0"),
    Bad("bad_number", MONITOR, "late_days: 10", "late_days: soon", "late_days", "whole number"),
    Bad("bad_number", MONITOR, "month: 3", "month: 0", "trend", "from 1"),
    Bad("no_denominator", MONITOR, "    denominator: {zh: 网店总数, en: all shops}\n", "", "unit: share", "denominator"),
    Bad("ranked_without_direction", MONITOR, "direction: higher", "direction: none", "league", "direction"),
    Bad("ranked_on_nothing", MONITOR, "least: 5", "least: 0", "league", "least"),
    Bad("missing_key", MONITOR, "    numerator: {zh: 亮照的, en: showing it}\n", "", "- id: licence_shown", "numerator"),
    Bad("wrong_name", RATING, "id: buyer_to_shop", "id: platform_to_courier", "platform_to_courier", "platform_to_courier.yaml"),
    Bad("bad_choice", RATING, "id: buyer_to_shop", "id: buyers_to_shop", "buyers_to_shop", "buyer_to_shop"),
    Bad("bad_number", RATING, "blind_days: 15", "blind_days: -1", "blind_days", "not below 0"),
    Bad("bad_number", RATING, "public_from: 3", "public_from: 0", "public_from", "not below 1"),
    Bad("bad_number", RATING, "follow_up_days: 180", "follow_up_days: 1.5", "follow_up_days", "whole number"),
    Bad("bad_pair", RATING, "blind_days: 15", "blind_days: 14", "pair:", "same blind_days"),
    Bad("bad_pair", RATING, "pair: shop_to_buyer", "pair: platform_to_courier", "pair:", "should be there"),
    Bad("bad_pair", "ratings/shop_to_buyer.yaml", "pair: buyer_to_shop\n", "", "", "name buyer_to_shop"),
    Bad("duplicate_id", RATING, "{id: service", "{id: goods", "{id: goods, zh: 服务", "goods"),
    Bad("bad_number", RATING, "half_life_days: 365", "half_life_days: 0", "points:", "over 0"),
    Bad("bad_number", RATING, "most: 1000", "most: 1", "points:", "not below most_from_one"),
    Bad("bad_number", RATING, '"3": 0, ', "", "points:", "1 to 5"),
    Bad("unknown_key", RATING, "most_from_one: 2", "most_of_one: 2", "most_of_one", "most_from_one"),
    Bad("bad_levels", RATING, "at_least: 100", "at_least: 5", "levels:", "higher"),
    Bad("bad_levels", RATING, "{id: L0, zh: 起步, en: beginning}", "{id: L0, zh: 起步, en: beginning, at_least: 0}", "levels:", "lowest"),
    Bad("missing_key", RATING, 'basis: {law: order_one, article: "3"}\n', "", "id: buyer_to_shop", "stands under"),
    Bad("missing_key", RATING, "about: {zh: 买家评店, en: Buyers rate shops}\n", "", "id: buyer_to_shop", "about"),
    Bad("unknown_article", RATING, 'article: "3"', 'article: "4"', "basis", "order_one"),
    # warnings
    Bad("wrong_name", WARNING, "id: runs_out", "id: run_out", "id: run_out", "run_out.yaml"),
    Bad("missing_key", WARNING, "expects: {zh: 请办理, en: Renew it}\n", "", "id: runs_out", "expects"),
    Bad("missing_key", WARNING, "looks_at: {kind: running_out, source: demo, within_days: 30, per: [penalty_kind]}\n", "", "id: runs_out", "looks_at"),
    Bad("missing_key", WARNING, "within_days: 30, ", "", "looks_at", "lapsed_days"),
    Bad("missing_key", WARNING, "escalates: {to: lead:T01, workdays: 3}\n", "", "id: runs_out", "escalates"),
    Bad("missing_key", COUNTED, "sources: [demo], ", "", "looks_at", "sources"),
    Bad("bad_choice", WARNING, "kind: running_out", "kind: runing_out", "looks_at", "did you mean running_out?"),
    Bad("bad_choice", WARNING, "severity: notice", "severity: note", "severity", "notice"),
    Bad("bad_choice", WARNING, "to: [subject,", "to: [subjects,", "to: [subjects", "lead:<task>"),
    Bad("bad_choice", COUNTED, "sources: [demo]", "sources: [dem]", "looks_at", "demo"),
    Bad("bad_number", WARNING, "workdays: 5", "workdays: 0", "workdays: 0", "not below 1"),
    Bad("bad_number", COUNTED, "least: 3", "least: 0", "looks_at", "not below 1"),
    Bad("unknown_column", WARNING, "per: [penalty_kind]", "per: [penalty]", "looks_at", "penalty_kind"),
    Bad("unknown_column", COUNTED, "where: {penalty_kind", "where: {penalty", "looks_at", "penalty_kind"),
    Bad("unknown_code", COUNTED, "[罚款]", "[罚钱]", "looks_at", "罚款"),
    Bad("bad_type", WARNING, "within_days: 30,", "within_days: 30, column: fine,", "looks_at", "days"),
    Bad("personal_open", COUNTED, "where: {penalty_kind: [罚款]}", "where: {phone: [x]}", "looks_at", "sealed"),
    Bad("nobody_reached", WARNING, "to: [subject, platform, lead:T01]", "to: [subject, platform]", "to: [subject", "department"),
    Bad("nobody_reached", WARNING, "escalates: {to: lead:T01", "escalates: {to: subject", "escalates", "department"),
    Bad("unknown_task", WARNING, "to: [subject, platform, lead:T01]", "to: [lead:T02]", "to: [lead", "T01"),
    Bad("unknown_department", COUNTED, "department:quality", "department:qualty", "to: [department", "quality"),
    Bad("unknown_article", COUNTED, 'article: "3"', 'article: "33"', "basis", "order_one"),
    Bad("dates_reversed", WARNING, "valid_to: 2030-01-01", "valid_to: 2019-01-01", "valid_to", "not after"),
    Bad("unknown_kind", FLAG, "kinds: [brushing]", "kinds: [brushin]", "kinds", "brushing"),
    Bad("missing_key", TRADE, "type: choice, choices: {open: 未了, done: 已了}", "type: choice", "type: choice", "go together"),
    Bad("missing_key", TRADE, ', basis: {law: order_one, article: "3"}', "", "id: no_device", "article"),
    Bad("bad_regex", DEMO, 'regex: "[0-9]+号"', 'regex: "[0-9+号"', "regex", "[0-9+号"),
]  # fmt: skip
