"""Is an object a credential or presentation of the W3C data model 2.0? Form alone: no signature, no address is opened.

Types must be named by a context. Contexts that are not known here are taken to name what they are brought along for; the base
context and those that name everything (`undefined-terms`, `examples`) are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

BASE: Final = "https://www.w3.org/ns/credentials/v2"
_OPEN: Final = (
    "https://www.w3.org/ns/credentials/undefined-terms/v2",
    "https://www.w3.org/ns/credentials/examples/v2",
)
# What the base context names, as far as it can be a type or must not be named anew.
_TYPES: Final = frozenset({
    "VerifiableCredential", "VerifiablePresentation", "EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation",
    "JsonSchema", "JsonSchemaCredential", "DataIntegrityProof", "BitstringStatusList", "BitstringStatusListCredential",
    "BitstringStatusListEntry", "JsonWebKey", "Multikey",
})  # fmt: skip
_PROTECTED: Final = _TYPES | {
    "id", "type", "issuer", "holder", "credentialSubject", "credentialStatus", "credentialSchema", "validFrom", "validUntil",
    "evidence", "refreshService", "termsOfUse", "proof", "verifiableCredential", "name", "description", "relatedResource",
    "confidenceMethod", "renderMethod",
}  # fmt: skip
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_WEB_HOST: Final = re.compile(r"https?://[^/?#]*[^/?#.]\.[^/?#]+", re.IGNORECASE)
_STAMP: Final = re.compile(
    r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)", re.ASCII
)
_TYPED: Final = ("credentialStatus", "credentialSchema", "refreshService", "termsOfUse", "evidence", "proof",
                 "confidenceMethod", "renderMethod")  # fmt: skip
_ID_WANTED: Final = ("credentialSchema", "refreshService")
_LANGUAGE: Final = frozenset({"@value", "@language", "@direction"})


def check_credential(found: object) -> tuple[str, ...]:
    """What is wrong with a credential: short codes with the place, none when it is one."""
    if not isinstance(found, Mapping):
        return ("not_an_object",)
    faults = [*_frame(found, "VerifiableCredential"), *_issuer(found), *_subjects(found), *_period(found)]
    for name in _TYPED:
        faults += _typed(found, name)
    return (*faults, *_words(found, ""))


def check_presentation(found: object) -> tuple[str, ...]:
    """The same of a presentation and the credentials in it."""
    if not isinstance(found, Mapping):
        return ("not_an_object",)
    faults = [*_frame(found, "VerifiablePresentation"), *_typed(found, "proof"), *_typed(found, "termsOfUse")]
    if "holder" in found:
        faults += _party(found["holder"], "holder")
    for credential in _many(found.get("verifiableCredential", ())):
        faults += _enclosed(credential)
    return tuple(faults)


def _enclosed(credential: object) -> Iterable[str]:
    if not isinstance(credential, Mapping):
        return ("verifiableCredential: not an object",)
    types = _many(credential.get("type", ()))
    enveloped = str(credential.get("id", "")).startswith("data:")
    if "EnvelopedVerifiableCredential" in types or enveloped:
        context = _many(credential.get("@context", ()))
        whole = enveloped and "EnvelopedVerifiableCredential" in types and context[:1] == [BASE]
        return () if whole else ("verifiableCredential: not an enveloped credential",)
    return (f"verifiableCredential: {fault}" for fault in check_credential(credential))


def _frame(found: Mapping[str, Any], kind: str) -> Iterable[str]:
    context = found.get("@context")
    if not isinstance(context, list) or context[:1] != [BASE]:
        yield "@context: does not begin with the base context"
        context = []
    for one in context:
        if not (isinstance(one, Mapping) or (isinstance(one, str) and is_url(one))):
            yield "@context: neither an address nor an object"
    inline = [one for one in context if isinstance(one, Mapping)]
    if any(set(one) & _PROTECTED for one in inline):
        yield "@context: names anew what the base context names"
    types = _many(found.get("type"))
    if kind not in types:
        yield f"type: is no {kind}"
    for one in types:
        if not isinstance(one, str) or not _is_named(one, context[1:], inline):
            yield "type: not named by a context"
    if "id" in found and not is_url(found["id"]):
        yield "id: no single address"


def _is_named(kind: str, further: list[Any], inline: list[Mapping[str, Any]]) -> bool:
    if kind in _TYPES or is_url(kind):
        return True
    vocabulary: object = None
    for one in further:
        if isinstance(one, str):
            # The known open ones name everything; what another names cannot be looked up here.
            vocabulary = "https:" if one in _OPEN or one not in (BASE,) else vocabulary
        elif isinstance(one, Mapping) and "@vocab" in one:
            vocabulary = one["@vocab"]
    for context in reversed(inline):
        if kind in context:
            given = context[kind]
            given = given.get("@id") if isinstance(given, Mapping) else given
            return isinstance(given, str) and is_url(given) and _has_a_host(given)
    return isinstance(vocabulary, str) and bool(vocabulary)


def _issuer(found: Mapping[str, Any]) -> Iterable[str]:
    return _party(found["issuer"], "issuer") if "issuer" in found else ("issuer: is missing",)


def _party(given: object, name: str) -> Iterable[str]:
    if isinstance(given, Mapping):
        if not is_url(given.get("id")):
            yield f"{name}: its id is no address"
        yield from _words(given, f"{name}: ")
    elif not is_url(given):
        yield f"{name}: no address"


def _subjects(found: Mapping[str, Any]) -> Iterable[str]:
    subjects = _many(found.get("credentialSubject", ()))
    if not subjects:
        yield "credentialSubject: is missing"
    for one in subjects:
        if not isinstance(one, Mapping) or not one:
            yield "credentialSubject: no claims"
        elif "id" in one and not is_url(one["id"]):
            yield "credentialSubject: its id is no address"


def _period(found: Mapping[str, Any]) -> Iterable[str]:
    ends = []
    for name in ("validFrom", "validUntil"):
        if name in found:
            at = read_stamp(found[name])
            ends.append(at)
            if at is None:
                yield f"{name}: no instant with an offset"
    if len(ends) == 2 and ends[0] is not None and ends[1] is not None and ends[1] < ends[0]:
        yield "validUntil: before validFrom"


def _typed(found: Mapping[str, Any], name: str) -> Iterable[str]:
    if name not in found:
        return
    for one in _many(found[name]):
        if not isinstance(one, Mapping):
            yield f"{name}: not an object"
            continue
        types = _many(one.get("type", ()))
        if not types or not all(isinstance(kind, str) and kind for kind in types):
            yield f"{name}: has no type"
        if ("id" in one or name in _ID_WANTED[:1]) and not is_url(one.get("id")):
            yield f"{name}: its id is no address"


def _words(found: Mapping[str, Any], where: str) -> Iterable[str]:
    for name in ("name", "description"):
        for one in _many(found.get(name, ())):
            if isinstance(one, Mapping):
                if not isinstance(one.get("@value"), str) or set(one) - _LANGUAGE:
                    yield f"{where}{name}: no text in a language"
            elif not isinstance(one, str):
                yield f"{where}{name}: no text"


def is_url(given: object) -> bool:
    """Whether it is an address with a scheme (RFC 3986); it is not opened."""
    return isinstance(given, str) and _URL.fullmatch(given) is not None


def read_stamp(given: object) -> datetime | None:
    """An XML Schema dateTimeStamp, to the microsecond; None for anything else."""
    if not isinstance(given, str) or _STAMP.fullmatch(given) is None:
        return None
    try:
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", given))
    except ValueError:
        return None


def _has_a_host(given: str) -> bool:
    """An address on the web names a host with a dot in it."""
    return not given.lower().startswith(("http:", "https:")) or _WEB_HOST.match(given) is not None


def _many(given: object) -> list[Any]:
    if given is None:
        return []
    return list(given) if isinstance(given, list | tuple) else [given]
