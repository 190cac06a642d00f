"""RFC 3161 time stamps against OpenSSL's authority: what holds, and everything that must not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from asn1crypto.keys import PrivateKeyInfo
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyhanko.sign.timestamps import DummyTimeStamper

from ecredit.foundation.proof.errors import StampBroken
from ecredit.foundation.proof.pdf_certificates import read_roots
from ecredit.foundation.proof.time_stamps import ask_for, check_stamp, read_answer
from tests.operation.stamp_authority import Authority

DATA = b"credit.example/log\n7\nroot\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "one")


@pytest.fixture(scope="module")
def token(authority: Authority) -> bytes:
    request = ask_for(DATA)
    return read_answer(authority.answer(request.body), request)


def roots(authority: Authority) -> tuple[x509.Certificate, ...]:
    return read_roots(authority.root.read_bytes())


def test_what_openssl_signs_holds_here_and_the_other_way_round(authority: Authority, token: bytes) -> None:
    stamp = check_stamp(token, DATA, roots(authority))
    assert stamp.authority == "Test time stamps" and stamp.at.tzinfo is not None
    assert authority.agrees(token, DATA) and not authority.agrees(token, DATA + b"x")


def test_of_another_file_by_a_stranger_or_for_another_purpose(
    authority: Authority, token: bytes, tmp_path: Path
) -> None:
    with pytest.raises(StampBroken, match="not of this file"):
        check_stamp(token, DATA + b"x", roots(authority))
    stranger = Authority(tmp_path / "stranger")
    for trusted in ((), roots(stranger)):
        with pytest.raises(StampBroken, match="trusted root"):
            check_stamp(token, DATA, trusted)


@pytest.mark.parametrize(
    "purposes", [("time_stamping",), ("time_stamping", "server_auth"), ("server_auth",), ()]
)
def test_a_certificate_must_be_for_time_stamping_alone(purposes: tuple[str, ...]) -> None:
    token, root, _, _ = _stamped(*purposes)
    if purposes == ("time_stamping",):
        assert check_stamp(token, DATA, (root,)).authority == "Stamps"
    else:
        with pytest.raises(StampBroken, match="time stamping alone"):
            check_stamp(token, DATA, (root,))


def test_an_authority_that_was_taken_back_is_not_believed() -> None:
    token, root, own, root_key = _stamped("time_stamping")
    at = check_stamp(token, DATA, (root,)).at

    def listed(
        on: datetime, reason: x509.ReasonFlags | None = None, by: rsa.RSAPrivateKey = root_key
    ) -> bytes:
        gone = x509.RevokedCertificateBuilder().serial_number(own.serial_number).revocation_date(on)
        if reason is not None:
            gone = gone.add_extension(x509.CRLReason(reason), critical=False)
        return (
            x509.CertificateRevocationListBuilder().issuer_name(root.subject).last_update(at).next_update(at + timedelta(days=7))
            .add_extension(x509.CRLNumber(1), critical=False).add_revoked_certificate(gone.build()).sign(by, SHA256()).public_bytes(Encoding.DER)
        )  # fmt: skip

    before, after = at - timedelta(hours=1), at + timedelta(hours=1)
    ended = x509.ReasonFlags.cessation_of_operation
    # Whoever stole its key dates stamps back: only of one that merely ended, and later, are the older ones believed (RFC 3161, 4).
    for broken in (
        listed(before),
        listed(before, ended),
        listed(after),
        listed(after, x509.ReasonFlags.key_compromise),
    ):
        with pytest.raises(StampBroken, match="taken back"):
            check_stamp(token, DATA, (root,), lists=(broken,))
    for harmless in (listed(after, ended), listed(before, by=rsa.generate_private_key(65537, 2048))):
        assert check_stamp(token, DATA, (root,), lists=(harmless,)).at == at


def test_what_a_status_service_says_of_an_authority_counts() -> None:
    token, root, own, root_key = _stamped("time_stamping")
    at = check_stamp(token, DATA, (root,)).at

    def answer(status: ocsp.OCSPCertStatus) -> bytes:
        gone = at - timedelta(hours=1) if status is ocsp.OCSPCertStatus.REVOKED else None
        built = ocsp.OCSPResponseBuilder().add_response(
            cert=own, issuer=root, algorithm=SHA256(), cert_status=status, this_update=at, next_update=at + timedelta(days=7),
            revocation_time=gone, revocation_reason=None,
        )  # fmt: skip
        signed = built.responder_id(ocsp.OCSPResponderEncoding.HASH, root).sign(root_key, SHA256())
        return signed.public_bytes(Encoding.DER)

    assert check_stamp(token, DATA, (root,), answers=(answer(ocsp.OCSPCertStatus.GOOD),)).at == at
    with pytest.raises(StampBroken, match="taken back"):
        check_stamp(token, DATA, (root,), answers=(answer(ocsp.OCSPCertStatus.REVOKED),))


def test_a_token_is_written_in_the_one_way_there_is(token: bytes, authority: Authority) -> None:
    assert token[:2] == b"\x30\x82"
    with pytest.raises(StampBroken, match="no time stamp"):
        check_stamp(b"\x30\x83\x00" + token[2:], DATA, roots(authority))


def test_also_without_roots_the_signature_must_hold(token: bytes) -> None:
    assert check_stamp(token, DATA, None).authority == "Test time stamps"
    for bent in (token[:-1] + bytes([token[-1] ^ 1]), token[:-30] + bytes(30)):
        with pytest.raises(StampBroken, match="signature"):
            check_stamp(bent, DATA, None)


def _stamped(*purposes: str) -> tuple[bytes, x509.Certificate, x509.Certificate, rsa.RSAPrivateKey]:
    """A token, the root, the authority's certificate and the root's key."""
    root_key, own_key = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    root = _certificate("Root", root_key, "Root", root_key, ())
    own = _certificate("Stamps", own_key, "Root", root_key, purposes)
    tool = DummyTimeStamper(
        asn1_x509.Certificate.load(own.public_bytes(Encoding.DER)),
        PrivateKeyInfo.load(own_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())),
    )
    answer = tool.request_tsa_response(tsp.TimeStampReq.load(ask_for(DATA).body))
    return answer["time_stamp_token"].dump(), root, own, root_key


def _certificate(
    name: str, key: rsa.RSAPrivateKey, by: str, signer: rsa.RSAPrivateKey, purposes: tuple[str, ...]
) -> x509.Certificate:
    oids = {
        "time_stamping": ExtendedKeyUsageOID.TIME_STAMPING,
        "server_auth": ExtendedKeyUsageOID.SERVER_AUTH,
    }
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, by)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=9))
        .add_extension(x509.BasicConstraints(ca=name == by, path_length=None), critical=True)
    )
    if name != by:
        place = x509.AccessDescription(
            AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier("http://ocsp.example/")
        )
        made = made.add_extension(x509.AuthorityInformationAccess([place]), critical=False)
    if purposes:
        made = made.add_extension(x509.ExtendedKeyUsage([oids[one] for one in purposes]), critical=True)
    return made.sign(signer, SHA256())


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_one_bit_anywhere_in_what_is_signed_is_noticed(
    authority: Authority, token: bytes, data: st.DataObject
) -> None:
    place, bit = data.draw(st.integers(0, len(token) - 1)), data.draw(st.integers(0, 7))
    bent = bytearray(token)
    bent[place] ^= 1 << bit
    whole = check_stamp(token, DATA, roots(authority))
    try:
        assert check_stamp(bytes(bent), DATA, roots(authority)) == whole
    except StampBroken:
        return


def test_an_answer_to_another_question_and_nonsense(authority: Authority) -> None:
    request, other = ask_for(DATA), ask_for(DATA)
    answer = authority.answer(request.body)
    with pytest.raises(StampBroken, match="another request"):
        read_answer(answer, other)
    for raw in (b"", b"\x30\x00", b"HTTP", answer[:-1], b"\x30\x03\x02\x01\x02"):
        with pytest.raises(StampBroken):
            read_answer(raw, request)
        with pytest.raises(StampBroken):
            check_stamp(raw, DATA, roots(authority))
