"""What kind of content is it? Told by its first bytes; names and extensions are often wrong."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from ecredit.facts.collection import reading_refusals as refuse
from ecredit.facts.collection.reading_types import Notes


class Content(Enum):
    """The contents that may be tables."""

    TEXT = "text"
    ZIP = "zip"  # XLSX, if anything
    OLE = "ole"  # XLS, or an encrypted XLSX


_EXTENSIONS = {
    Content.TEXT: (".csv", ".tsv", ".txt"),
    Content.ZIP: (".xlsx", ".xlsm"),
    Content.OLE: (".xls", ".et"),
}
_OTHER = (
    (b"%PDF", "PDF 文件", "a PDF"),
    (b"\x89PNG", "图片", "a picture"),
    (b"\xff\xd8\xff", "图片", "a picture"),
    (b"GIF8", "图片", "a picture"),
    (b"BM6", "图片", "a picture"),
    (b"II*\0", "图片", "a picture"),
    (b"Rar!", "压缩包", "an archive"),
    (b"7z\xbc\xaf", "压缩包", "an archive"),
    (b"\x1f\x8b", "压缩包", "an archive"),
    (b"SQLite format 3", "数据库文件", "a database"),
    (b"PAR1", "Parquet 文件", "a Parquet file"),
    (b"{\\rtf", "RTF 文档", "an RTF document"),
    (b"MZ", "程序文件", "a program"),
    (b"\x7fELF", "程序文件", "a program"),
)
_MARKUP = (b"<html", b"<!doctype", b"<?xml", b"<table", b"<meta", b"<head", b"<body", b"<div", b"<style")


def content_of(path: Path) -> Content:
    """The kind of content. Raises InputRefused for kinds that are recognised and are no tables."""
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return Content.ZIP
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return Content.OLE
    if head.startswith((b"\x09\x08\x10\x00", b"\x09\x08\x08\x00", b"\x09\x04\x06\x00", b"\x09\x02\x06\x00")):
        return Content.OLE  # BIFF without its container, as some old systems write it
    for magic, zh, en in _OTHER:
        if head.startswith(magic) and (len(magic) > 3 or b"\0" in head or magic[0] > 0x7F):
            raise refuse.not_a_table(zh, en)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:16].lower()
    if start.startswith(_MARKUP):
        raise refuse.not_a_table(
            "网页或 XML 文件（有的系统把它存成 .xls）", "a web page or XML (sometimes named .xls)"
        )
    return Content.TEXT


def remark_format(filename: str, content: Content) -> Notes:
    """A remark when the name's extension says something else than the content; it is read all the same."""
    extension = Path(filename).suffix.lower()
    if not extension or extension in _EXTENSIONS[content]:
        return ()
    zh = f"文件名后缀是 {extension}，内容不是；已按内容读取"
    return ((zh, f"the name ends in {extension}, the content is something else; it was read by its content"),)
