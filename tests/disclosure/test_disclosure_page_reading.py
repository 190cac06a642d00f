"""Taking a page apart: what is seen and what is not, every encoding, and whatever somebody may send instead of a page."""

import contextlib
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecredit.judgement.disclosure.errors import PageRefused
from ecredit.judgement.disclosure.page_reading import (
    LONGEST_LINK,
    MOST_BYTES,
    MOST_LINKS,
    decode_page,
    read_page,
)
from tests.penalty_rows import code

URL = "https://mall.example/shop/1"
CODE, OTHER = code(1), code(2)


def read(body: str, url: str = URL):
    return read_page(f"<html><body>{body}</body></html>".encode(), url)


@pytest.mark.parametrize(
    "body",
    [
        f"<p>统一社会信用代码：{CODE}</p>",
        f"<p>{CODE[:6]} {CODE[6:12]} {CODE[12:]}</p>",
        f"<p>{CODE[:8]}<b>{CODE[8:]}</b></p>",
        f"<p>{CODE.lower()}</p>",
        "<p>" + "".join(chr(ord(c) + 0xFEE0) for c in CODE) + "</p>",
        "<p>" + "".join(f"&#{ord(c)};" for c in CODE) + "</p>",
        f"<p>{CODE[:9]}\u200b{CODE[9:]}</p>",
        f"<table><tr><td>营业执照<td>{CODE}",
        f"<DIV CLASS=a>{CODE}</DIV>",
        f"<p title=\"a>b\" data-x='<b>'>{CODE}",
        f"<!-- {OTHER} --><p>{CODE}",
        f"<p hidden>秘密<p>{CODE}</p>",
        f"<p>a < b {CODE} &lt;script&gt;</p>",
    ],
)
def test_a_code_is_seen_however_it_is_written(body):
    content = read(body)
    assert CODE in content.squeezed and OTHER not in content.squeezed


@pytest.mark.parametrize(
    "body",
    [
        f"<script>var x = '{CODE}'</script>",
        f"<script>if (a < b) {{ '{CODE}' }}",
        f"<SCRIPT>var x = '{CODE}'</SCRIPT>",
        f"<Div HIDDEN>{CODE}</Div>",
        f"<style>.a::after {{ content: '{CODE}' }}</style>",
        f"<!-- {CODE} -->",
        f"<!-- {CODE} ",
        f"<template><p>{CODE}</p></template>",
        f"<noscript>{CODE}</noscript>",
        f'<p title="{CODE}">x</p>',
        f'<input type=hidden value="{CODE}">',
        f"<title>{CODE}</title>",
        f"<div hidden>{CODE}</div>",
        f'<div style="display : none">{CODE}</div>',
        f'<div style="VISIBILITY:hidden"><p>{CODE}</p></div>',
        f'<div style="opacity: 0;"><b>x<i>{CODE}</div>',
        f"<iframe>{CODE}</iframe><textarea>{CODE}</textarea>",
    ],
)
def test_what_nobody_sees_is_not_seen(body):
    content = read(body)
    assert CODE not in content.squeezed and content.codes == ()


def test_what_is_hidden_by_the_page_itself_is_told_apart():
    content = read(f"<div hidden><p>{CODE}</div><p>{OTHER}</p>")
    assert CODE in content.hidden and content.codes == (OTHER,)
    assert read(f'<div style="opacity:0.9">{CODE}</div>').codes == (CODE,)


def test_links_are_absolute_once_and_only_of_the_web():
    content = read(
        f'<a href="/verify/ABC">x</a><a HREF=\'https://b.example/?a=1&amp;b=2\'>y</a><a href=/verify/ABC>again</a><area href="c">'
        f'<a href="javascript:alert(1)">j</a><a href="data:text/html,x">d</a><a href="https://b.example/{"x" * LONGEST_LINK}">long</a>'
        '<a href="http://[::1">bad</a><a>no</a><div hidden><a href="/hidden">h</a></div><script><a href="/script"></script>'
    )
    assert content.links == (
        "https://mall.example/verify/ABC",
        "https://b.example/?a=1&b=2",
        "https://mall.example/shop/c",
    )
    assert read('<base href="https://other.example/x/"><a href="y">y</a>').links == (
        "https://other.example/x/y",
    )


def test_marks_in_pictures_and_words_of_pictures():
    token = "A" * 120
    content = read(f'<svg><metadata>ecredit-mark:{token}</metadata></svg><img alt="投 诉"><a href="#">x</a>')
    assert content.tokens == (token,) and "投诉" in content.alts


def test_every_usual_encoding_is_read():
    text = f'<html><head><meta charset="gb2312"></head><body>营业执照 {CODE} 投诉举报</body></html>'
    for name in ("gb2312", "gbk", "gb18030"):
        assert "营业执照" in read_page(text.encode(name), URL).text
    for raw in (
        text.encode(),
        b"\xef\xbb\xbf" + text.encode(),
        text.encode("utf-16"),
        b"<p>\xd3\xaa\xd2\xb5\xd6\xb4\xd5\xd5</p>",
    ):
        assert "营业执照" in read_page(raw, URL).text
    big5 = "<meta http-equiv=content-type content='text/html; charset=big5'><p>營業執照</p>".encode("big5")
    assert "營業執照" in read_page(big5, URL).text and decode_page(big5)[1] == "big5"
    # A letter cut through is no reason to see nothing.
    cut = ("<p>" + "营业执照" * 2000 + "</p>").encode()[:-5] + b"\xe8\x90</p>"
    assert "营业执照" in read_page(cut, URL).text


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"   \r\n ",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(50),
        b"%PDF-1.7 \x00\x01",
        "只有文字，没有元素".encode(),
        b"<!doctype html><!-- nothing -->",
        b"<p>" + bytes(range(0x80, 0xFF)) * 30 + b"</p>",
        "<p>x".encode("utf-16-le"),
        b"<b>" * 30_000,
        b"<p>x" + b" " * MOST_BYTES,
    ],
)
def test_what_is_no_page_is_refused_in_plain_words(raw):
    with pytest.raises(PageRefused) as refusal:
        read_page(raw, URL)
    assert refusal.value.zh and refusal.value.en and len(refusal.value.zh) < 120


_QUARTER = MOST_BYTES // 4
HOSTILE = [
    "<" * 100, "<a " * 50, '<a href="', "<a href='x" * 30, "<!--" * 60, "<!", "</", "</b>" * 90, "<b>" * 90, "<p " + "x=" * 60,
    '<a b="' * 40, "<script>" * 30, "</script" * 30, "<style><!--", "&" * 99, "&#x" * 60, "&#99999999999;" * 9, "<a" + "\t" * 60 + "=", "=\"'" * 50,
    "<div hidden>" * 30, "<base href='http://[x'>", "<svg/onload=alert(1)>", "\ufeff\u202e", "<a href=//x/>" * 30, "<p/" * 60,
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_page_made_to_be_slow_is_read_in_a_moment_or_refused(piece):
    raw = (piece * (_QUARTER // len(piece.encode()))).encode()
    began = time.process_time()
    try:
        content = read_page(b"<p>" + raw, URL)
    except PageRefused:
        pass
    else:
        assert len(content.links) <= MOST_LINKS
    assert time.process_time() - began < 3


def test_memory_is_bounded_by_the_page():
    raw = b"<p>x<a href=/a>y</a>" * (_QUARTER // 20)
    tracemalloc.start()
    read_page(raw, URL)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 << 20


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(st.sampled_from([h[:12] for h in HOSTILE]), st.text(max_size=8), st.just(f"<b>{CODE}</b>")),
        max_size=20,
    )
)
def test_whatever_comes_is_read_or_refused(pieces):
    try:
        content = read_page("".join(pieces).encode("utf-8", "replace"), URL)
    except PageRefused:
        return
    assert len(content.links) <= MOST_LINKS and all(len(link) <= LONGEST_LINK for link in content.links)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(raw):
    with contextlib.suppress(PageRefused):
        read_page(raw, URL)
