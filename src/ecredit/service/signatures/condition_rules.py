"""The four conditions under which 电子签名法 第十三条 takes an electronic signature for a reliable one.

A verdict (of `foundation/proof`) says what was checked; here is said what of the law's conditions follows from it, each: it is
met, it is not, or that cannot be told. No condition is said to be met because nothing was found against it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ecredit.foundation.proof.badge_types import State, Verdict
from ecredit.service.signatures.types import Condition, Way

ARTICLE: Final = ("《中华人民共和国电子签名法》第十三条", "Electronic Signature Law, article 13")
VERIFIED: Final = True
"""The article's four conditions were read in its text; the wording here is ours."""
_UNTRUE: Final = (
    "bytes",
    "changed",
    "signature",
    "file",
    "weak",
    "line_ends",
    "form",
    "appended",
    "unsigned",
    "version",
)
_TIMES: Final = ("not_yet", "expired", "clock", "future")

_Judged = tuple[State, str, str]


def judge_conditions(
    verdict: Verdict, *, way: Way | None = None, on_record: bool = False
) -> tuple[Condition, ...]:
    """The four, in the law's order. `way`: where it was made, when that is known; `on_record`: it is in this home's log."""
    held = {one.code: one.state for one in verdict.findings}
    rules: tuple[tuple[str, str, Callable[[], _Judged]], ...] = (
        (
            "签名制作数据在签名时专属于签名人",
            "the data to sign with belong to the signer alone",
            lambda: _exclusive(held),
        ),
        (
            "签署时签名制作数据只由签名人控制",
            "they were under the signer's control alone when signing",
            lambda: _controlled(held, way),
        ),
        (
            "签署后对签名的任何改动能够被发现",
            "any change of the signature since can be discovered",
            lambda: _signature_fixed(held, on_record=on_record),
        ),
        (
            "签署后对文件内容和形式的任何改动能够被发现",
            "any change of the document's content and form since can be discovered",
            lambda: _document_fixed(held),
        ),
    )
    return tuple(
        Condition(number, zh, en, *rule(), VERIFIED) for number, (zh, en, rule) in enumerate(rules, start=1)
    )


def _exclusive(held: dict[str, State]) -> _Judged:
    if not _stands(held):
        return State.OPEN, "签名不成立，无从判断。", "The signature does not hold, so nothing can be said."
    if held.get("revoked") is State.FAILS:
        return State.FAILS, "证书已被吊销。", "The certificate was revoked."
    if held.get("use") is State.FAILS:
        return (
            State.FAILS,
            "证书不是用来签署文件的。",
            "The certificate is not for signing documents.",
        )
    if any(held.get(code) is State.FAILS for code in _TIMES):
        return (
            State.FAILS,
            "签署时证书不在有效期内，或时间不符。",
            "The certificate was not in force at the time, or times do not fit.",
        )
    if held.get("named") is State.FAILS:
        return State.FAILS, "证书写明的不是这位签署人。", "The certificate names somebody else."
    if held.get("chain") is not State.HOLDS:
        return (
            State.OPEN,
            "没有受信任的机构证明密钥属于谁。",
            "No authority that is trusted here says whose key it is.",
        )
    if "test" in held:
        return (
            State.OPEN,
            "只有测试机构证明密钥属于签署人，不具认证效力。",
            "Only a test authority says whose key it is, which has no legal effect.",
        )
    if held.get("certificate") is not State.HOLDS:
        return (
            State.OPEN,
            "没有可靠的时间证明签署时证书在有效期内。",
            "Nothing reliable shows that the certificate was in force when it signed.",
        )
    if held.get("revocation") is not State.HOLDS:
        return (
            State.OPEN,
            "没有吊销列表说明签署时证书未被吊销。",
            "No revocation list shows that the certificate was not taken back when it signed.",
        )
    return (
        State.HOLDS,
        "受信任的机构以证书证明密钥属于签署人，证书在签署时有效，未被吊销。",
        "A trusted authority certifies that the key is the signer's; the certificate was in force and not revoked.",
    )


def _controlled(held: dict[str, State], way: Way | None) -> _Judged:
    if not _stands(held):
        return State.OPEN, "签名不成立，无从判断。", "The signature does not hold, so nothing can be said."
    if held.get("revoked") is State.FAILS:
        return (
            State.FAILS,
            "证书已被吊销：密钥可能已不由签署人控制。",
            "The certificate was revoked: the key may have been out of the signer's hands.",
        )
    if way is Way.KEY_FILE:
        return (
            State.OPEN,
            "密钥文件交给了本系统使用一次（用后不留），签署时不只在签署人手中；要满足这一条，请用自己的密钥介质签署后上传。",
            "The key file was handed to this system for one signature (and not kept), so it was not in the signer's hands alone; to meet this, sign with a token of your own and upload.",
        )
    if held.get("chain") is not State.HOLDS or "test" in held or held.get("revocation") is not State.HOLDS:
        return (
            State.OPEN,
            "签名本身看不出密钥由谁控制；要判断，需要依法设立的机构的证书和其吊销列表。",
            "A signature does not show in whose hands the key was; to tell, a licensed body's certificate and its revocation list are needed.",
        )
    if way is None:
        return (
            State.OPEN,
            "签名本身看不出密钥由谁控制；证书没有被吊销。",
            "A signature does not show in whose hands the key was; the certificate was not revoked.",
        )
    return (
        State.HOLDS,
        "签名由签署人用自己的工具做成后交来，密钥没有到过本系统；发证机构没有吊销证书，也就没有失控的报告。",
        "The signer made it with a tool of their own and the key never came here; the certifying body has not revoked the certificate, so no loss was reported.",
    )


def _signature_fixed(held: dict[str, State], *, on_record: bool) -> _Judged:
    if not _stands(held):
        return (
            State.FAILS if "file" not in held else State.OPEN,
            "签名与文件或证书不符，改动已被发现。",
            "Signature and document or certificate do not fit: a change was discovered.",
        )
    if on_record:
        return (
            State.HOLDS,
            "签名值、签署属性和证书由密码算法保护，签名的摘要又记在透明日志里，任何一个字节的改动都会显出。",
            "Signature, signed attributes and certificate are held by cryptography, and its digest is in the transparency log: a change of any byte shows.",
        )
    return (
        State.HOLDS,
        "签名值、签署属性和证书由密码算法保护，改动后不再相符。",
        "Signature, signed attributes and certificate are held by cryptography; changed, they no longer fit.",
    )


def _document_fixed(held: dict[str, State]) -> _Judged:
    if held.get("weak") is State.FAILS:
        return (
            State.FAILS,
            "摘要算法不安全：可以做出另一份摘要相同的文件。",
            "The digest is weak: another document with the same digest can be made.",
        )
    if not _stands(held):
        return (
            State.FAILS if "file" not in held else State.OPEN,
            "文件与签名不符，改动已被发现。",
            "Document and signature do not fit: a change was discovered.",
        )
    return (
        State.HOLDS,
        "签名覆盖文件的每一个字节。",
        "The signature covers every byte of the document.",
    )


def _stands(held: dict[str, State]) -> bool:
    """Whether the signature itself holds, whatever is to be said of the certificate."""
    return held.get("bytes") is State.HOLDS and not any(held.get(code) is State.FAILS for code in _UNTRUE)
