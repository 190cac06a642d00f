"""A natural person does not have a company's name, nor a company a person's.

pass: 自然人, 张三 · fail: 自然人, 常州某某商贸有限公司
"""

import pyarrow.compute as pc

from ecredit.facts.collection.mask import to_mask
from ecredit.facts.collection.persons import PERSON
from ecredit.facts.collection.types import CheckedRows, Mask
from ecredit.foundation.catalog.types import CheckSpec

_FIRM = "公司|合作社|商行|经营部|分厂|集团|事务所|委员会|银行|医院|学校$"


def check_name_matches_kind(rows: CheckedRows, spec: CheckSpec) -> dict[str, Mask]:
    """Rows that call a firm by kind a person, or give a firm a name of fewer than four characters."""
    name, kind = (rows.value(code) for code in spec.columns)
    person = to_mask(pc.equal(kind, PERSON))
    firm = to_mask(pc.match_substring_regex(name, _FIRM))
    company = to_mask(pc.equal(kind, "法人及非法人组织"))
    short = to_mask(pc.less(pc.utf8_length(name), 4))
    # A firm's name is a firm's, so it is the kind that is wrong; of a short one it is most likely the name.
    return {spec.columns[1]: person & firm, spec.columns[0]: company & short}
