"""Rows of the 双公示 penalty file for tests: right ones, with any cell changed."""

import csv
import io

from stdnum.cn import uscc

HEADER = (
    "CF_XDR_MC CF_XDR_LB CF_XDR_SHXYM CF_XDR_GSZC CF_XDR_ZZJG CF_XDR_SWDJ CF_XDR_SYDW CF_XDR_SHZZ CF_FRDB CF_FR_ZJLX "
    "CF_FR_ZJHM CF_XDR_ZJLX CF_XDR_ZJHM CF_WSH CF_WFXW CF_SY CF_YJ CF_CFLB CF_NR CF_NR_FK CF_NR_WFFF CF_NR_ZKDX "
    "CF_JDRQ CF_YXQ CF_GSJZQ CF_CFJG CF_CFJGDM CF_SJLY CF_SJLYDM BZ"
).split()
AUTHORITY = "11320400014109519L"
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def code(number: int) -> str:
    """A unified social credit code with area 000000, which no real body has."""
    body = ""
    for _ in range(9):
        body = ALPHABET[number % 31] + body
        number //= 31
    head = "91000000" + body
    return head + uscc.calc_check_digit(head)


def row(n: int, **cells: str) -> dict[str, str]:
    """A right row about firm `n` with document number `n`; `cells` replace."""
    return {
        "CF_XDR_MC": f"常州测试{n}号网络科技有限公司",
        "CF_XDR_LB": "法人及非法人组织",
        "CF_XDR_SHXYM": code(n),
        "CF_FRDB": "王某",
        "CF_WSH": f"常市监处罚〔2026〕{n}号",
        "CF_WFXW": "虚构交易",
        "CF_SY": "当事人虚构交易并编造用户评价",
        "CF_YJ": "《中华人民共和国电子商务法》第十七条",
        "CF_CFLB": "罚款",
        "CF_NR": "责令改正，并处罚款",
        "CF_NR_FK": "3",
        "CF_JDRQ": "2026/05/08",
        "CF_YXQ": "2027/05/08",
        "CF_CFJG": "常州市市场监督管理局",
        "CF_CFJGDM": AUTHORITY,
        "CF_SJLY": "常州市市场监督管理局",
        "CF_SJLYDM": AUTHORITY,
        **cells,
    }


def table(*rows: dict[str, str], header: list[str] | None = None) -> str:
    """The rows as CSV text with CRLF line ends."""
    out = io.StringIO()
    writer = csv.DictWriter(out, header or HEADER, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
