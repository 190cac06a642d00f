"""Markdown that cannot do anything, names that are found however they are written, pictures that are only pictures."""

import io
import re
import zlib
from html.parser import HTMLParser
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ecredit.foundation.kernel.masking import find_personal
from ecredit.service.telling.draft_rules import (
    check_content,
    check_names,
    content_of,
    document_of,
    mask_content,
)
from ecredit.service.telling.errors import PictureRefused
from ecredit.service.telling.markdown_rules import check_markdown, plain_lines, render_html
from ecredit.service.telling.naming_rules import (
    find_named,
    known_address,
    known_firm,
    known_person,
    masked,
    names_looked_up,
)
from ecredit.service.telling.picture_rules import read_picture
from ecredit.service.telling.types import Content, PictureUse, Words
from tests.penalty_rows import code
from tests.telling.telling_world import campaign, photo, warning, words

SAFE_TAGS = set(
    "p h2 h3 h4 h5 ul ol li blockquote strong em code pre hr br a table thead tbody tr th td img".split()
)


class Read(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def shown(place: int) -> tuple[str, str, int, int]:
    return f"/stories/pictures/{place}.webp", "说明", 10, 20


def rendered(text: str) -> str:
    return render_html(text, shown, lambda path: f"/x{path}")


def unsafe(html: str) -> list[str]:
    read = Read()
    read.feed(html)
    wrong = []
    for tag, attributes in read.found:
        if tag not in SAFE_TAGS or any(
            name.startswith("on") or name in ("style", "srcset", "id") for name in attributes
        ):
            wrong.append(f"<{tag} {attributes}>")
        if "src" in attributes and not re.fullmatch(
            r"(/stories/pictures/\d+\.webp)?", attributes["src"] or ""
        ):
            wrong.append(f"src {attributes['src']}")
        if "href" in attributes and re.match(
            r"\s*(?!https?:)[a-z][a-z0-9+.-]*:", attributes["href"] or "", re.I
        ):
            wrong.append(f"href {attributes['href']}")
    return wrong


def rules(text: str, pictures: int = 1) -> list[tuple[int, str]]:
    return [(fault.line, fault.rule) for fault in check_markdown("zh.body", text, pictures=pictures)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("好\n\n<script>alert(1)</script>", [(3, "html")]),
        ("字 <img src=x onerror=alert(1)> 字", [(1, "html")]),
        ("<!-- 藏的 -->", [(1, "html")]),
        ("[看](javascript:alert(1))", [(1, "link")]),
        ("[看](JaVaScRiPt:alert(1))", [(1, "link")]),
        ("[看](&#106;avascript:alert(1))", [(1, "link")]),
        ("[看](data:text/html;base64,PHNjcmlwdD4=)", [(1, "link")]),
        ("<javascript:alert(1)>", [(1, "link")]),
        ("一\n二 [看](vbscript:x)", [(2, "link")]),
        ("[看](mailto:a@b.cn) 和 <a@b.cn>", [(1, "link"), (1, "link")]),
        ("[看](tel:13912345678)", [(1, "link")]),
        ("[看](//evil.cn/a)", [(1, "link")]),
        ("[看](/\\evil.cn)", [(1, "link")]),
        ("[看](https://gov.cn@evil.cn/)", [(1, "link")]),
        ("[看](https://a.cn:8080/)", [(1, "link")]),
        ("[看](http://[::1)", [(1, "link")]),
        ("[看][一]\n\n[一]: javascript:alert(1)", [(1, "link")]),
        ("[www.12315.cn](https://evil.cn/)", [(1, "link_disguised")]),
        ("![图](https://evil.cn/a.png)", [(1, "picture_outside")]),
        ("![图](data:image/svg+xml,<svg/onload=alert(1)>)", [(1, "picture_outside")]),
        ("![图](picture:2)", [(1, "picture_missing")]),
        ("![图](picture:01)", [(1, "picture_outside")]),
        ("一\n二\u202e三", [(2, "unseen")]),
        ("零宽\u200b字符", [(1, "unseen")]),
        ("a\x00b", [(1, "unseen")]),
        ("> " * 30 + "深", [(1, "deep")]),
        ("".join("  " * n + "- 深\n" for n in range(12)), [(7, "deep")]),
        ("|a" * 9 + "|\n" + "|-" * 9 + "|\n", [(1, "table")]),
        ("|a|\n|-|\n" + "|1|\n" * 100, [(1, "table")]),
        ("字" * 20_001, [(1, "too_long")]),
        # what is fine
        ("## 怎么看\n\n- 一\n  - 二\n\n> 引\n\n|a|b|\n|-|-:|\n|1|2|\n\n[看](https://www.12315.cn/a?b=1) [单](/lists) ![](picture:1)", []),
        ("小于号 \\<不是标签> 和 3 < 5", []),
        ("[www.12315.cn](https://12315.cn/)", []),
        ("`<script>` 是一段代码", []),
    ],
)  # fmt: skip
def test_each_fault_is_told_apart_with_its_line(text, wanted):
    assert rules(text) == wanted
    assert unsafe(rendered(text)) == []


def test_what_is_rendered_has_its_headings_in_order_and_its_links_inside():
    html = rendered(
        "# 一\n\n#### 二\n\n## 三\n\n[单](/lists) ![](picture:1) ![](picture:9)\n\n|a|\n|-:|\n|1|"
    )
    assert re.findall(r"<(h\d)>", html) == ["h2", "h3", "h3"]
    assert 'href="/x/lists"' in html and 'alt="说明"' in html and 'width="10"' in html
    assert '<td class="number">' in html and "style" not in html
    assert rendered("### 从第三级写起") == "<h2>从第三级写起</h2>\n"


PIECES = st.sampled_from(
    ["<script>", "</script>", "javascript:", "data:", "](", "[x", ")", "![", "&#106;", "<a href=", "onload=", "\"", "'", "<svg/",
     "`", "```\n", "\n\n", "> ", "- ", "|", "\n|-|\n", "*", "_", "\\", "&lt;", "<!--", "-->", "<style>", "picture:1", "https://a.cn/",
     "http://", "\u202e", "\x00", "字", " ", "\t", "]: ", "<iframe ", "style=", "<![CDATA[", "<?x", "vbscript:", "//", "\r"]
)  # fmt: skip


@settings(max_examples=400)
@given(st.one_of(st.lists(PIECES, max_size=40).map("".join), st.text(max_size=300)))
def test_nothing_that_is_written_does_anything(text):
    assert unsafe(rendered(text)) == []
    faults = check_markdown("zh.body", text, pictures=1)
    assert all(1 <= fault.line <= text.count("\n") + text.count("\r") + 1 for fault in faults)
    if not faults:
        # What passes says the same as it is written: nothing had to be cleaned away.
        assert "<script" not in rendered(text).lower()


FIRM, PERSON, STREET = "常州春晓电子商务有限公司", "欧阳晓明", "常州市新北区通江路188号"
KNOWN = [known_firm(FIRM), known_person(PERSON), *known_address(STREET)]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (f"查明{FIRM}刷单", ["firm"]),
        ("查明常州春晓 电子商务\n有限公司刷单", ["firm"]),
        ("查明常州**春晓**电子商务有限公司", ["firm"]),
        ("查明常州\u200b春晓电子商务有限公司", ["firm"]),
        ("法定代表人欧 阳 晓 明到案", ["person"]),
        ("住通江路188号", ["address"]),
        ("住通江路１８８号", ["address"]),
        (f"代码{code(1)}", ["code"]),
        ("代码" + " ".join(code(1)), ["code"]),
        ("电话139 1234 5678", ["number"]),
        ("身份证320402199001011239", ["number"]),
        *(
            (f"查明常州春晓{sign}电子商务有限公司", ["firm"])
            for sign in "-.。/+|、&“—～＋＆@#￥€^=<>《》🙂…!？%◆→́"
        ),
        ("法定代表人欧/阳-晓.明到案", ["person"]),
        ("代码" + "-".join(code(1)), ["code"]),
        ("某公司负责人张某到案", []),
        ("2026-05-12/2026-05-13，12.5+3.5=16", []),
    ],
)
def test_whoever_is_known_is_found_however_it_is_written(text, kinds):
    assert [one.kind for one in find_named(text, KNOWN)] == kinds
    again = masked(text, find_named(text, KNOWN), markdown=True)
    assert find_named(again, KNOWN) == []


SPACED = st.sampled_from(
    ["", "-", ".", "/", "、", "&", "“", "|", " ", "\n", "*", "**", "_", "\u200b", "·", "`", "　", "~~"]
)


@given(
    st.sampled_from([FIRM, PERSON, "通江路188号", code(2)]),
    st.lists(SPACED, min_size=24, max_size=24),
    st.text(alphabet="某公司字，。 \n", max_size=20),
)
def test_a_name_with_anything_between_is_masked_and_found_no_more(name, between, around):
    written = "".join(c + gap for c, gap in zip(name, between, strict=False))
    text = f"{around}{written}{around}"
    assert find_named(text, KNOWN)
    for markdown in (True, False):
        again = masked(text, find_named(text, KNOWN), markdown=markdown)
        assert find_named(again, KNOWN) == []
        assert not find_personal(again)


@settings(max_examples=200)
@given(st.text(max_size=200))
def test_masking_what_names_nobody_changes_nothing(text):
    assert masked(text, [], markdown=True) == text
    for one in find_named(text, KNOWN):
        assert 0 <= one.start < one.end <= len(text)


def test_a_number_written_in_entities_is_found_with_its_line(catalog):
    kind = catalog.stories["consumer_warning"]
    coded = "".join(f"&#{ord(c)};" for c in "欧阳晓明")
    body = f"第一段\n\n第二段\n{coded}到案，电话 139**1234**5678"
    content = warning(zh=words(body=body))
    found = [(f.field, f.line, f.rule) for f in check_names(content, kind, KNOWN)]
    assert ("zh.body", 4, "names_person") in found and ("zh.body", 4, "names_number") in found
    assert [line for line, _ in plain_lines(body)] == [1, 3]


def test_an_office_may_be_called_where_the_kind_says_so(catalog):
    text = words(body="咨询 0519-86801234")
    assert check_names(warning(zh=text), catalog.stories["consumer_warning"], []) == []
    case = Content("typical_case", text, subjects=(1,))
    assert [f.rule for f in check_names(case, catalog.stories["typical_case"], [])] == ["names_number"]
    mobile = warning(zh=words(body="咨询 13912345678"))
    assert [f.rule for f in check_names(mobile, catalog.stories["consumer_warning"], [])] == ["names_number"]


def test_masking_leaves_the_markdown_as_it_was(catalog):
    kind = catalog.stories["typical_case"]
    content = Content(
        "typical_case",
        Words("案例", "摘要", f"**{FIRM}**的欧阳晓明，电话 13912345678 和 13912345679"),
        subjects=(1,),
    )
    hidden = mask_content(content, kind, KNOWN)
    assert check_names(hidden, kind, KNOWN) == []
    html = rendered(hidden.zh.body)
    assert (
        "<strong>某公司</strong>的欧阳**，电话 138****".replace("138", "139") in html and "<em>" not in html
    )


def test_pieces_that_may_be_names_are_bounded():
    assert FIRM in names_looked_up(f"查明{FIRM}刷单")
    assert len(names_looked_up("公司" * 10_000)) < 400_000
    assert names_looked_up("没有名字。") == set()


def test_every_field_says_what_it_lacks(catalog):
    kind = catalog.stories["consumer_warning"]
    empty = Content(
        "consumer_warning", Words("", "", ""), Words("x", "", ""), (PictureUse("0" * 64, ""),), (1,)
    )
    found = {(f.field, f.rule) for f in check_content(empty, kind)}
    assert {
        ("zh.title", "missing"),
        ("zh.summary", "missing"),
        ("zh.body", "missing"),
        ("en.summary", "missing"),
    } <= found
    assert {("en.body", "missing"), ("alt.1", "missing"), ("subjects", "subjects")} <= found
    long = Content("consumer_warning", Words("题" * 81, "要" * 301, "文"))
    assert {(f.field, f.rule) for f in check_content(long, kind)} == {
        ("zh.title", "too_long"),
        ("zh.summary", "too_long"),
    }
    assert check_content(warning(), kind) == []
    assert [f.rule for f in check_content(campaign(), kind)] == ["campaign"]


def test_a_version_reads_back_as_it_was_written():
    for content in (
        warning(en=words("Title", "Text", "Sum")),
        campaign(pictures=(PictureUse("a" * 64, "图", "picture"),)),
    ):
        assert content_of(document_of(content)) == content
        assert document_of(content_of(document_of(content))) == document_of(content)


# pictures -------------------------------------------------------------------------------------------


def test_a_picture_is_drawn_anew_without_what_a_camera_wrote():
    exif = Image.Exif()
    exif[0x010E] = "常州市新北区通江路188号"
    exif[0x8825] = {1: "N", 2: (31.0, 46.0, 0.0)}
    exif[0x0112] = 6  # lies on its side
    raw = photo(size=(640, 320), format="JPEG", exif=exif, comment=b"hidden words")
    taken = read_picture(raw + b"PK\x03\x04<script>alert(1)</script>")
    assert (taken.width, taken.height) == (320, 640) and taken.media == "image/webp"
    with Image.open(io.BytesIO(taken.body)) as opened:
        assert opened.format == "WEBP" and not opened.getexif() and opened.info.get("comment") is None
    for body in (taken.body, taken.small):
        assert (
            "通江路".encode() not in body
            and b"hidden" not in body
            and b"<script" not in body
            and b"EXIF" not in body
        )


def test_large_pictures_become_small_ones():
    noise = Image.effect_noise((3000, 2000), 90).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "JPEG", quality=92)
    taken = read_picture(out.getvalue())
    assert len(taken.body) <= 60_000 and len(taken.small) <= 9_000 and max(taken.width, taken.height) <= 960


def test_what_is_transparent_stands_on_white():
    out = io.BytesIO()
    Image.new("RGBA", (64, 64), (255, 0, 0, 0)).save(out, "PNG")
    with Image.open(io.BytesIO(read_picture(out.getvalue()).body)) as opened:
        assert min(opened.convert("RGB").getpixel((5, 5))) > 245


def bomb() -> bytes:
    """A PNG that says it has 90,000 × 90,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    head = (90_000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"0" * 100))
        + chunk(b"IEND", b"")
    )


def moving() -> bytes:
    out = io.BytesIO()
    frames = [Image.new("RGB", (64, 64), c) for c in ("red", "blue")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    return out.getvalue()


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"0" * (20 * 1024 * 1024), "最大 10 MB"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "SVG"),
        (b"\xef\xbb\xbf  <?xml version='1.0'?><svg/>", "SVG"),
        (b"<!doctype html><script>alert(1)</script>", "SVG"),
        (b"GIF89a" + b"0" * 200, "认不出"),
        (b"GIF89a/*" + photo() + b"*/=1;alert(1)", "认不出"),
        (b"%PDF-1.7 " + photo(), "认不出"),
        (b"", "认不出"),
        (b"not a picture", "认不出"),
        (photo(format="BMP"), "认不出"),
        (photo()[:-200], "损坏"),
        (photo(size=(10, 400)), "每边至少"),
        (bomb(), "打不开|4000 万"),
        (moving(), "动图"),
    ],
    ids=["20MB", "svg", "svg-xml", "html", "gif", "gif-js", "pdf", "empty", "text", "bmp", "cut", "tiny", "bomb", "moving"],
)  # fmt: skip
def test_what_is_no_picture_is_told_apart(raw, says):
    with pytest.raises(PictureRefused, match=says):
        read_picture(raw)


@settings(max_examples=60)
@given(st.integers(0, 1200), st.binary(min_size=1, max_size=8))
def test_a_damaged_picture_is_refused_or_still_only_a_picture(at, junk):
    raw = bytearray(photo(size=(80, 60), format="JPEG"))
    raw[at % len(raw) : at % len(raw) + len(junk)] = junk
    try:
        taken = read_picture(bytes(raw))
    except PictureRefused:
        return
    with Image.open(io.BytesIO(taken.body)) as opened:
        assert opened.format == "WEBP"


def test_a_model_firm_may_be_called_by_its_code_and_nobody_else_by_theirs(catalog):
    from ecredit.service.telling.naming_rules import codes_in, known_code

    kind = catalog.stories["model_enterprise"]
    text = f"{FIRM}（{code(1)}）比{code(2)}好"
    assert codes_in(text) == {code(1), code(2)}
    content = Content("model_enterprise", words(body=text), subjects=(1,))
    assert [f.rule for f in check_names(content, kind, [known_code(code(2))])] == ["names_code"]
    assert check_names(content, kind, []) == []


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ('欧阳[晓](https://a.example/ "看")明到案', "person"),
        ('欧阳[晓](https://a.example/ "看")\n明到案', "person"),
        ('[看](https://a.example/ "欧阳晓明")', "person"),
        (f"[看](https://a.example/{quote('欧阳晓明')}?x=1)", "person"),
        (f"[看](https://a.example/?q={quote(FIRM)})", "firm"),
        (f"[看](https://a.example/s/{code(1)})", "code"),
        ("[看](https://a.example/?tel=13912345678)", "number"),
        ("![欧阳晓明](picture:1)", "person"),
        ("[看](https://www.samr.gov.cn/zw/zfxxgk/fdzdgknr/art/2026/art_20260512_1.html)", ""),
        ("[单](/lists?page=2) [首页](https://www.12315.cn/)", ""),
    ],
)
def test_a_link_names_nobody_neither_in_its_words_its_title_nor_its_address(catalog, body, rule):
    content = warning(zh=words(body=body))
    found = {f.rule for f in check_names(content, catalog.stories["consumer_warning"], KNOWN)}
    assert found == ({f"names_{rule}"} if rule else set())


@pytest.mark.parametrize(
    "hard",
    ["[" * 20_000, "*" * 20_000, "`" * 19_999, "![" * 10_000, "<" * 20_000, "> " * 10_000, "- " * 10_000, "|" * 20_000, "_a" * 10_000,
     "[a](" * 5_000, "\\" * 20_000, "&#" * 10_000, "a\n===\n" * 3_000, "[a]: b\n" * 2_800, "*a _b " * 3_000, "公司" * 10_000],
    ids=lambda hard: hard[:6].replace("\n", "n"),
)  # fmt: skip
def test_no_text_takes_long(hard):
    import time

    began = time.process_time()
    check_markdown("zh.body", hard[:20_000], pictures=1)
    rendered(hard[:20_000])
    list(plain_lines(hard[:20_000]))
    find_named(hard[:20_000], KNOWN)
    names_looked_up(hard[:20_000])
    assert time.process_time() - began < 20
    # What would be slow for every reader is not published.
    faults = check_markdown("zh.body", hard[:20_000], pictures=1)
    if not faults:
        began = time.process_time()
        rendered(hard[:20_000])
        assert time.process_time() - began < 1
