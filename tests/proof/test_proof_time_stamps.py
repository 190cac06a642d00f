"""RFC 3161 time stamps against OpenSSL's authority: what holds, and everything that must not."""

from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
    web = Authority(tmp_path / "web", purpose="timeStamping, serverAuth")
    request = ask_for(DATA)
    try:
        answer = web.answer(request.body)
    except Exception:  # noqa: BLE001 - this OpenSSL does not sign by such a certificate at all
        return
    with pytest.raises(StampBroken):
        check_stamp(read_answer(answer, request), DATA, roots(web))


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
