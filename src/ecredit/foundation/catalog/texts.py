"""The sentences people read, by key and language, from `catalog/texts/*.yaml`.

A file holds `key: {zh: ..., en: ...}` pairs with `{placeholders}` as in str.format. Chinese comes first.
The catalogue's own faults carry their sentences with them: they must be readable when these files are not.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any, Literal

import yaml

from ecredit.foundation.catalog.folder import catalog_folder
from ecredit.foundation.kernel.errors import EcreditError

Lang = Literal["zh", "en"]


def text(key: str, lang: Lang = "zh", **values: object) -> str:
    """Return the sentence of `key` in `lang`, its placeholders filled from `values` (others are ignored).

    Raises EcreditError when the key is unknown or a placeholder has no value.
    """
    sentences = _texts(catalog_folder()).get(key)
    if sentences is None:
        raise EcreditError(
            f"没有名为 {key} 的文本；请在 catalog/texts/ 中补充",
            f"there is no text named {key}; add it to catalog/texts/",
            key=key,
        )
    try:
        return sentences[lang].format(**values)
    except (KeyError, IndexError) as missing:
        raise EcreditError(
            f"文本 {key} 缺少占位符 {missing} 的值",
            f"the text {key} was not given a value for {missing}",
            key=key,
        ) from missing


def both(key: str, **values: object) -> str:
    """Return the sentence of `key` as `中文 / English`."""
    return f"{text(key, 'zh', **values)} / {text(key, 'en', **values)}"


def rule_title(rule: str) -> str:
    """What a rule is called for people, its id behind: `日期认不出 date unreadable [date_unreadable]`."""
    key = f"rule.{rule}.title"
    return f"{text(key, 'zh')} {text(key, 'en')} [{rule}]" if has_text(key) else rule


def has_text(key: str) -> bool:
    """Tell whether a sentence of this key exists."""
    return key in _texts(catalog_folder())


def list_texts() -> Mapping[str, Mapping[str, str]]:
    """Return every sentence: key → language → template."""
    return _texts(catalog_folder())


def placeholders(template: str) -> frozenset[str]:
    """Return the names of the placeholders in a template."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name is not None)


def read_texts(folder: Path) -> dict[str, dict[str, str]]:
    """Read all sentences below `folder`/texts; raise EcreditError naming the first file that is wrong."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted((folder / "texts").glob("*.yaml")):
        for key, sentences in _read_file(path).items():
            if key in found:
                raise _wrong(path, f"文本 {key} 已在别处写过", f"the text {key} is written twice")
            found[key] = sentences
    return found


def _read_file(path: Path) -> dict[str, dict[str, str]]:
    try:
        with path.open(encoding="utf-8") as file:
            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(file)
            node = loader.get_single_node()
        keys = [key.value for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
        written: Any = None if node is None else loader.construct_document(node)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _wrong(path, f"无法读取：{error}", f"cannot be read: {error}") from error
    if written is None:
        return {}
    if not isinstance(written, dict):
        raise _wrong(path, "应为 键: {zh: …, en: …}", "should hold key: {zh: …, en: …}")
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise _wrong(path, f"文本 {twice[0]} 写了两次", f"the text {twice[0]} is written twice")
    for key, sentences in written.items():
        _check_sentences(path, key, sentences)
    return written


def _check_sentences(path: Path, key: object, sentences: object) -> None:
    if not isinstance(key, str) or not isinstance(sentences, dict) or set(sentences) != {"zh", "en"}:
        raise _wrong(path, f"文本 {key} 应只有 zh 和 en 两句", f"the text {key} needs exactly zh and en")
    zh, en = sentences["zh"], sentences["en"]
    if not isinstance(zh, str) or not isinstance(en, str) or not zh.strip() or not en.strip():
        raise _wrong(path, f"文本 {key} 的 zh 或 en 是空的", f"zh or en of the text {key} is empty")
    try:
        same = placeholders(zh) == placeholders(en)
    except ValueError as error:
        raise _wrong(path, f"文本 {key} 的花括号有误", f"the braces of {key} are wrong") from error
    if not same:
        raise _wrong(
            path, f"文本 {key} 中英文的占位符不一致", f"zh and en of {key} have different placeholders"
        )


def _wrong(path: Path, zh: str, en: str) -> EcreditError:
    return EcreditError(f"{path}: {zh}", f"{path}: {en}", file=str(path))


@lru_cache(maxsize=4)
def _texts(folder: Path) -> Mapping[str, Mapping[str, str]]:
    return read_texts(folder)
