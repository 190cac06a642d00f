"""A PDF that a person signs: a place for the signature is put into it before it is offered, so that signing changes nothing else.

The signed file is the offered one, byte for byte, with the signature appended (PAdES); checking it sees to that, so that nobody
signs another text than the one that was offered.
"""

from __future__ import annotations

import io
import logging
from datetime import datetime
from typing import Any, Final

from cryptography import x509

from ecredit.foundation.proof.badge_types import Verdict
from ecredit.foundation.proof.certificate_check import Found, Times, check_certificate, unreadable
from ecredit.foundation.proof.cms_check import SignatureAsked, said_of
from ecredit.foundation.proof.cms_container import is_proper
from ecredit.foundation.proof.pdf_check import only_signature_left_out, signed_at, unreadable_pdf
from ecredit.foundation.proof.pdf_signing import PdfSigner, sign_at
from ecredit.foundation.proof.signature_stamps import check_signature_stamp

KIND: Final = "signed_pdf"
FIELD: Final = "Signature1"
_ROOM: Final = 16_384


def prepare_pdf(raw: bytes) -> bytes:
    """The PDF with an empty place for a signature; as it is when it has one. Raises ValueError when it cannot be signed."""
    from pyhanko.pdf_utils.generic import NumberObject  # noqa: PLC0415 - slow to load
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415 - as above
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415 - as above
    from pyhanko.sign.fields import SigFieldSpec, append_signature_field, enumerate_sig_fields  # noqa: PLC0415 - as above

    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    try:
        reader = PdfFileReader(io.BytesIO(raw))
        if reader.embedded_signatures:
            raise ValueError("it is signed already")
        if any(name == FIELD for name, _, _ in enumerate_sig_fields(reader)):
            return raw
        out = io.BytesIO()
        writer = IncrementalPdfFileWriter(io.BytesIO(raw))
        append_signature_field(writer, SigFieldSpec(FIELD))
        form = writer.root["/AcroForm"]
        # As it will be when it is signed: "there are signatures, and only append".
        form["/SigFlags"] = NumberObject(3)  # type: ignore[no-untyped-call]
        writer.update_container(form)
        writer.write(out)  # type: ignore[no-untyped-call]
        return out.getvalue()
    except unreadable_pdf() as error:
        raise ValueError("no PDF that can be signed") from error


def sign_person_pdf(document: bytes, signer: PdfSigner, *, at: datetime, reason: str) -> bytes:
    """The prepared PDF with a signature in its place."""
    from pyhanko.sign.fields import SigSeedSubFilter  # noqa: PLC0415 - as above
    from pyhanko.sign.signers import PdfSignatureMetadata  # noqa: PLC0415 - as above

    said = PdfSignatureMetadata(
        field_name=FIELD, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, reason=reason
    )

    return sign_at(document, signer, said, at=at)


def read_person_pdf(raw: bytes) -> tuple[x509.Certificate, datetime | None]:
    """Whose the last signature says it is, and when. Raises ValueError when there is none."""
    try:
        one = _last_signature(raw)
        return x509.load_der_x509_certificate(one.signer_cert.dump()), signed_at(one)
    except (*unreadable_pdf(), *unreadable()) as error:
        raise ValueError("no signed PDF that can be read") from error


def read_signed_pdf(raw: bytes) -> tuple[x509.Certificate, str]:
    """Whose the signature says it is, and the name of the place it stands in. Raises ValueError when there is none."""
    try:
        one = _last_signature(raw)
        return x509.load_der_x509_certificate(one.signer_cert.dump()), str(one.field_name)
    except (*unreadable_pdf(), *unreadable()) as error:
        raise ValueError("no signed PDF that can be read") from error


def check_person_pdf(raw: bytes, document: bytes | None, asked: SignatureAsked) -> Verdict:
    """Everything that can be checked of a signed PDF; `document` is what was offered (None: it is not at hand)."""
    found = Found()
    try:
        one = _last_signature(raw)
        holds = _check_bytes(found, raw, document, one)
        own = x509.load_der_x509_certificate(one.signer_cert.dump())
        others = tuple(x509.load_der_x509_certificate(each.dump()) for each in one.other_embedded_certs)
        said_at = signed_at(one)
    except (*unreadable_pdf(), *unreadable()):
        found.fail(
            "file",
            "文件读不出：不是完整的 PDF，没有签名，或签署之后被改动。",
            "The file cannot be read: no whole PDF, no signature in it, or changed after signing.",
        )
        return Verdict(KIND, tuple(found.findings))
    if not holds:
        return Verdict(KIND, tuple(found.findings))
    known_at = check_signature_stamp(found, one.signer_info, asked.trust, asked.known_at)
    check_certificate(found, own, others, asked.trust, Times(said_at, known_at, asked.at))
    return Verdict(KIND, tuple(found.findings), said_of(own, said_at))


def holds_in_pdf(raw: bytes, document: bytes) -> bool:
    """Whether a signed PDF is whole and of this document, whoever signed it."""
    try:
        return _check_bytes(Found(), raw, document, _last_signature(raw))
    except (*unreadable_pdf(), *unreadable()):
        return False


def _last_signature(raw: bytes) -> Any:
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415 - as above

    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    signatures = PdfFileReader(io.BytesIO(raw)).embedded_signatures
    if len(signatures) != 1:
        raise ValueError("not one signature")
    one = signatures[0]
    one.compute_integrity_info(skip_diff=True)
    return one


def _check_bytes(found: Found, raw: bytes, document: bytes | None, one: Any) -> bool:
    """Whether it is the offered document with nothing but a signature added, and that signature holds."""
    from pyhanko.sign.validation.generic_cms import validate_sig_integrity  # noqa: PLC0415 - as above
    from pyhanko.sign.validation.status import SignatureCoverageLevel  # noqa: PLC0415 - as above

    from ecredit.foundation.proof.sm2_chains import signature_validator  # noqa: PLC0415 - as above

    if one.coverage != SignatureCoverageLevel.ENTIRE_FILE or not only_signature_left_out(raw, one.byte_range):
        found.fail(
            "appended",
            "签署之后又有内容追加到文件里：不再是签署的文件。",
            "Something was appended after signing: it is not the file that was signed.",
        )
        return False
    intact, valid = validate_sig_integrity(
        one.signer_info, one.signer_cert, "data", one.compute_digest(), signature_validator()
    )
    if not intact:
        found.fail("changed", "文件内容在签署之后被改动。", "The file's bytes were changed after signing.")
        return False
    if not valid:
        found.fail(
            "signature",
            "签名值与证书不符：签名或证书被改动。",
            "The signature does not fit its certificate: one of them was altered.",
        )
        return False
    if not is_proper(one.signed_data, x509.load_der_x509_certificate(one.signer_cert.dump())):
        found.fail(
            "form",
            "签名容器中不受签名保护的部分不合规范：被改动，或不是 DER 编码。",
            "Parts of the signature's container that no signature covers are not as they must be: altered, or not in DER.",
        )
        return False
    if document is None:
        found.hold(
            "bytes",
            "签名成立（PAdES）：签名覆盖整个文件，签署之后没有改动。",
            "The signature holds (PAdES): it covers the whole file, and nothing was changed since.",
        )
        return True
    if not raw.startswith(document) or not _only_signed(one.reader, document):
        found.fail(
            "version",
            "签署的不是所提供的文本：文件在签署之前被改过。",
            "What was signed is not the text that was offered: the file was changed before it was signed.",
        )
        return False
    found.hold(
        "bytes",
        "签名成立（PAdES）：签名覆盖整个文件，与所提供的文本相同，签署之后没有改动。",
        "The signature holds (PAdES): it covers the whole file, which is the text that was offered, and nothing was changed since.",
    )
    return True


def _only_signed(reader: Any, document: bytes) -> bool:
    """Whether what stands behind the offered document puts a signature into its place and changes nothing else."""
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415 - as above
    from pyhanko.sign.diff_analysis import (  # noqa: PLC0415 - as above
        DEFAULT_DIFF_POLICY,
        ModificationLevel,
        SuspiciousModification,
    )

    try:
        before = PdfFileReader(io.BytesIO(document)).xrefs.total_revisions
        offered = reader.get_historical_resolver(before - 1)
        # One revision after another: what is compared is only what that very one wrote.
        for revision in range(offered.revision + 1, reader.xrefs.total_revisions):
            changes = DEFAULT_DIFF_POLICY.apply(old=offered, new=reader.get_historical_resolver(revision))
            filled = changes.modification_level <= ModificationLevel.FORM_FILLING
            if not filled or not changes.changed_form_fields <= {FIELD}:
                return False
    except SuspiciousModification:
        return False
    except unreadable_pdf():
        return False
    return True
