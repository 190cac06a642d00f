"""Makes a register file and a penalty file of any size, GB18030, with errors planted: the input of the collecting benchmarks.

All names are invented; codes carry the area 000000, which no real body has.
"""

import random
from pathlib import Path

from stdnum.cn import uscc

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
HEADER = (
    "CF_XDR_MC CF_XDR_LB CF_XDR_SHXYM CF_XDR_GSZC CF_XDR_ZZJG CF_XDR_SWDJ CF_XDR_SYDW CF_XDR_SHZZ CF_FRDB CF_FR_ZJLX "
    "CF_FR_ZJHM CF_XDR_ZJLX CF_XDR_ZJHM CF_WSH CF_WFXW CF_SY CF_YJ CF_CFLB CF_NR CF_NR_FK CF_NR_WFFF CF_NR_ZKDX "
    "CF_JDRQ CF_YXQ CF_GSJZQ CF_CFJG CF_CFJGDM CF_SJLY CF_SJLYDM BZ"
).split()
AUTHORITY = "11320400014109519L"
WORDS = "安达鑫源恒通瑞丰华盛嘉禾明远泰和博雅宏图广聚锦程天成永信百川德隆智汇云帆启航金石"
ACTS = (
    "虚构交易、编造用户评价",
    "销售侵犯注册商标专用权的商品",
    "未在首页显著位置公示营业执照信息",
    "虚假宣传",
)
KINDS = (("罚款", "3"), ("罚款;没收违法所得", "1.5"), ("警告", ""), ("警告;罚款", "0.5"))


def code(number: int) -> str:
    """A unified social credit code for any number, with its right check character and no real area."""
    body, n = "", number
    for _ in range(9):
        body = ALPHABET[n % 31] + body
        n //= 31
    head = "91000000" + body
    return head + uscc.calc_check_digit(head)


def name(number: int) -> str:
    """An invented firm's name, the same for the same number."""
    chosen = random.Random(number)
    return f"常州{''.join(chosen.choices(WORDS, k=4))}{number}网络科技有限公司"


def write_register(path: Path, subjects: int) -> None:
    """A registration file of `subjects` firms."""
    with path.open("w", encoding="gb18030", newline="") as file:
        file.write("ENTNAME,UNISCID,ENTTYPE,LEREP,REGCAP,ESTDATE,DOM,OPSCOPE,REGORG,REGSTATE\r\n")
        for n in range(subjects):
            file.write(
                f"{name(n)},{code(n)},有限责任公司,王某,100万元,2015-03-{n % 28 + 1:02d},"
                f"常州市新北区通江路{n % 900 + 1}号,网上销售日用百货,常州市市场监督管理局,存续\r\n"
            )


def write_penalties(
    path: Path, rows: int, subjects: int, *, errors: float = 0.02, seed: int = 7, first: int = 0
) -> int:
    """A penalty file of `rows` rows about `subjects` firms, numbered from `first`; returns how many hold a planted error."""
    chosen = random.Random(seed)
    broken = 0
    with path.open("w", encoding="gb18030", newline="") as file:
        file.write(",".join(HEADER) + "\r\n")
        for n in range(first, first + rows):
            row = _row(n, chosen.randrange(subjects), chosen)
            if chosen.random() < errors:
                broken += 1
                _break(row, chosen)
            file.write(",".join(row) + "\r\n")
    return broken


def _row(n: int, subject: int, chosen: random.Random) -> list[str]:
    kind, fine = KINDS[n % 4]
    month, day = n % 9 + 1, n % 28 + 1
    act = ACTS[n % len(ACTS)]
    facts = f"当事人在其开设的网店中{act}，订单编号{n:012d}，货值金额{chosen.randrange(100, 99999)}元，已立案查处。"
    gains = "0.25" if "没收" in kind else ""
    return [
        name(subject), "法人及非法人组织", code(subject), "", "", "", "", "", "王某", "", "", "", "",
        f"常市监处罚〔2026〕{n:07d}号", act, facts, "《中华人民共和国电子商务法》第十七条", kind,
        f"责令改正，{kind}，限十五日内履行", fine, gains, "", f"2026/{month:02d}/{day:02d}", f"2027/{month:02d}/{day:02d}", "",
        "常州市市场监督管理局", AUTHORITY, "常州市市场监督管理局", AUTHORITY, "",
    ]  # fmt: skip


def _break(row: list[str], chosen: random.Random) -> None:
    at = HEADER.index
    case = chosen.randrange(5)
    if case == 0:
        good = row[at("CF_XDR_SHXYM")]
        row[at("CF_XDR_SHXYM")] = good[:-1] + ALPHABET[(ALPHABET.index(good[-1]) + 1) % 31]
    elif case == 1:
        row[at("CF_WSH")] = ""
    elif case == 2:
        row[at("CF_JDRQ")] = "2026/13/40"
    elif case == 3:
        row[at("CF_CFLB")] = "口头教育"
    else:
        row[at("CF_NR_FK")] = "三万元"
        row[at("CF_CFLB")] = "罚款"
