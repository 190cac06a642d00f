"""Pictures as they are taken in: told by their content, drawn anew from their pixels, never kept as they came. Pure.

Drawing anew leaves out all that is no pixel: places and times a camera wrote down, comments, what was hung on behind the picture.
"""

import hashlib
import io
import warnings
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from ecredit.service.telling.errors import PictureRefused
from ecredit.service.telling.types import PictureFile

MOST_BYTES: Final = 10 * 1024 * 1024
_MOST_PIXELS: Final = 40_000_000
_LEAST_SIDE: Final = 32
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
MEDIA: Final = "image/webp"
_LARGE, _SMALL = (960, 60_000), (320, 9_000)
"""The longest side in pixels, and the most bytes."""
_QUALITIES: Final = (82, 74, 64, 54, 44, 34)


def read_picture(content: bytes) -> PictureFile:
    """A picture as it is kept. Raises PictureRefused with what is wrong and what to do."""
    if len(content) > MOST_BYTES:
        raise PictureRefused(
            f"图片有 {len(content) / 1e6:.1f} MB，最大 10 MB；请缩小后再传",
            f"the picture has {len(content) / 1e6:.1f} MB, at most 10; make it smaller",
        )
    if _is_markup(content):
        raise PictureRefused(
            "SVG 和网页文件里可以藏脚本，不能用作图片；请另存为 PNG 或 JPEG",
            "SVG and web pages can hide scripts and are not taken; save it as PNG or JPEG",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
                _check_size(opened)
                drawn = _drawn(opened)
    except PictureRefused:
        raise
    except UnidentifiedImageError as error:
        raise PictureRefused(
            "认不出这是什么图片；只收 JPEG、PNG 和 WebP（看内容，不看文件名）",
            "this is no picture that is known here; JPEG, PNG and WebP are taken, told by their content and not by their name",
        ) from error
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise PictureRefused(
            "图片损坏或不完整，打不开；请重新导出后再传",
            "the picture is damaged or cut off; export it anew",
        ) from error
    body, (width, height) = _encoded(drawn, *_LARGE)
    small, _ = _encoded(drawn, *_SMALL)
    return PictureFile(hashlib.sha256(body).hexdigest(), MEDIA, width, height, body, small)


def _is_markup(content: bytes) -> bool:
    start = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<?xml", b"<svg", b"<!doctype", b"<html", b"<!--"))


def _check_size(opened: Image.Image) -> None:
    width, height = opened.size
    if width * height > _MOST_PIXELS:
        raise PictureRefused(
            f"图片有 {width}×{height} 像素，最多 4000 万像素；请缩小后再传",
            f"the picture has {width}×{height} pixels, at most 40 million; make it smaller",
        )
    if min(width, height) < _LEAST_SIDE:
        raise PictureRefused(
            f"图片只有 {width}×{height} 像素，每边至少 {_LEAST_SIDE}",
            f"the picture has only {width}×{height} pixels; each side has at least {_LEAST_SIDE}",
        )
    if getattr(opened, "n_frames", 1) > 1:
        raise PictureRefused(
            "不收动图；请传一张静止的图片", "moving pictures are not taken; send a still one"
        )


def _drawn(opened: Image.Image) -> Image.Image:
    """Its pixels alone, upright, on white where they were transparent."""
    upright = ImageOps.exif_transpose(opened)
    whole = upright.convert("RGBA") if upright.mode in ("P", "LA", "PA", "RGBA") else upright.convert("RGB")
    plain = Image.new("RGB", whole.size, "white")
    plain.paste(whole, mask=whole.getchannel("A") if whole.mode == "RGBA" else None)
    return plain


def _encoded(drawn: Image.Image, side: int, most: int) -> tuple[bytes, tuple[int, int]]:
    """As WebP within a size: less fine first, then smaller."""
    while True:
        scaled = drawn.copy()
        scaled.thumbnail((side, side), Image.Resampling.LANCZOS)
        for quality in _QUALITIES:
            out = io.BytesIO()
            scaled.save(out, "WEBP", quality=quality, method=4)
            if out.tell() <= most:
                return out.getvalue(), scaled.size
        side = side * 3 // 4
