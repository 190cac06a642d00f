"""Chinese sentences carry Chinese punctuation: in the catalogue's texts, and in what the code says of what is wrong."""

import ast
import re
from pathlib import Path

import pytest

from ecredit.foundation.catalog.texts import list_texts

ROOT = Path(__file__).resolve().parents[2]
CHINESE = r"\u4e00-\u9fff"
# A comma, semicolon, colon, question or exclamation mark of ASCII behind Chinese and before Chinese or a value.
ASCII_MARK = re.compile(rf"(?<=[{CHINESE}”）》}}])[,;:?!]\s*(?=[{CHINESE}“（《{{])")
ASCII_BRACKET = re.compile(rf"(?<=[{CHINESE}])\(|\([{CHINESE}]")
ASCII_END = re.compile(rf"(?<=[{CHINESE}])\.(?=\s|$)")
# Words of YAML itself, an amount's regular expression, and names of columns as the standards write them.
YAML_WORDS = re.compile(r"键: |\{值: 分值\}")

pytestmark = pytest.mark.repo


def faults(sentence: str) -> list[str]:
    plain = YAML_WORDS.sub("", sentence)
    return [m.group() for p in (ASCII_MARK, ASCII_BRACKET, ASCII_END) for m in p.finditer(plain)]


@pytest.mark.parametrize(
    "wrong", ["请核对,再报", "来源:市局", "名称: {name}", "市局(本市)", "完成了.", "对吗?请看"]
)
def test_a_wrong_mark_is_found(wrong):
    assert faults(wrong)


@pytest.mark.parametrize(
    "right",
    [
        "请核对，再报",
        "2026-05-12 12:00 起",
        "用 ecredit sources 查看",
        "（1,024 行）",
        "CF_WSH: 号",
        "共 3 项",
    ],
)
def test_a_right_one_is_left_alone(right):
    assert not faults(right)


def test_the_texts_have_no_ascii_marks_between_chinese_characters():
    wrong = {key: said["zh"] for key, said in list_texts().items() if faults(said["zh"])}
    assert wrong == {}


def test_the_sentences_in_the_code_have_none_either():
    """What an error says in Chinese: every first sentence of a pair that is raised, or given back as a fault."""
    wrong = []
    for path in sorted((ROOT / "src" / "ecredit").rglob("*.py")):
        if path.name.startswith("demo_"):
            continue
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            for said in call.args:
                sentence = spoken(said).partition(" / ")[0]
                if re.match(rf"[^a-z]*[{CHINESE}]", sentence) and not raw(call) and faults(sentence):
                    wrong.append(f"{path.relative_to(ROOT)}:{said.lineno} {sentence}")
    assert wrong == []


def raw(call: ast.Call) -> bool:
    """Whether the call makes a pattern, or looks into a text: its words are no sentence."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name in {"compile", "Decimal", "startswith", "replace", "sub", "match", "fullmatch", "search"}


def spoken(node: ast.expr) -> str:
    """A text, with `{}` where a value is put in; empty for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(
            part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else "{}"
            for part in node.values
        )
    return ""
