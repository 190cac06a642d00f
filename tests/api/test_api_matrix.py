"""Every route and method with every scope and with none: exactly what the routes say they need; and whose things are seen."""

import pytest

from ecredit.facts.actors.rights import machine_scopes
from ecredit.surface.api.application import api as application
from ecredit.surface.api.keys import Needs
from tests.api.conftest import PENALTY, V1, Caller
from tests.penalty_rows import row, table

# What each operation needs: written out, so that a route that forgets its permission fails here.
MATRIX = {
    "source.read": {
        "GET /sources", "GET /sources/{source_id}", "GET /sources/{source_id}/schema.json",
        "GET /sources/{source_id}/table-schema.json", "GET /sources/{source_id}/template.xlsx", "GET /key",
    },
    "batch.submit": {
        "POST /sources/{source_id}/submissions", "POST /sources/{source_id}/records", "DELETE /submissions/{number}",
        "GET /webhook", "PUT /webhook", "DELETE /webhook",
    },
    "batch.try": {
        "POST /sources/{source_id}/trials", "GET /trials/{number}", "GET /trials/{number}/problems",
        "GET /trials/{number}/marked.xlsx",
    },
    "batch.read": {
        "GET /submissions", "GET /submissions/{number}", "GET /records/{number}", "GET /subjects/{code}", "GET /batches",
        "GET /batches/{number}", "GET /batches/{number}/problems", "GET /batches/{number}/records",
    },
    "held.read": {"GET /batches/{number}/held"},
    "warning.read": {"GET /warnings", "GET /warnings/{number}"},
    "warning.answer": {"POST /warnings/{number}/acknowledge", "POST /warnings/{number}/answer"},
    "warning.rules": {"GET /warning-rules"},
    "disclosure.read": {"GET /disclosures", "GET /disclosures/{number}"},
    "disclosure.answer": {"POST /disclosures/{number}/answer"},
    # Either: which, is what the upload is for.
    ("batch.submit", "batch.try"): {
        "POST /uploads", "GET /uploads/{token}", "PATCH /uploads/{token}", "POST /uploads/{token}/submission",
    },
    None: {
        "GET /public", "GET /public/subjects", "GET /public/subjects/{code}", "GET /public/commitments",
        "GET /public/commitments/figures", "GET /public/disclosures", "GET /public/disclosures/{code}", "GET /public/rating-rules",
    },
}  # fmt: skip
NEEDED = {
    operation: None if scope is None else {scope} if isinstance(scope, str) else set(scope)
    for scope, operations in MATRIX.items()
    for operation in operations
}
ALL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")


def operations():
    paths = application.get_openapi_schema()["paths"]
    return {
        f"{method.upper()} {path.removeprefix(V1)}" for path, methods in paths.items() for method in methods
    }


def fill(path):
    values = {"source_id": PENALTY, "number": "999", "token": "A" * 22, "code": "91320411MA00000X0K"}
    return path.format(**values) + ("?q=常州" if path == "/public/subjects" else "")


def test_the_matrix_names_every_operation():
    assert operations() == set(NEEDED)


def test_every_operation_with_every_scope_and_with_none(key, catalog):
    callers = {scope: key(scopes=[scope], per_minute=10_000) for scope in machine_scopes(catalog)}
    callers["none"] = Caller()
    wrong = []
    for operation, needed in NEEDED.items():
        method, path = operation.split(" ")
        for scope, caller in callers.items():
            body = {} if method in ("POST", "PUT", "PATCH") else None
            status = caller(method, fill(path), body).status_code
            refused = status in (401, 403)
            expected = needed is not None and scope not in needed
            right = 401 if scope == "none" else 403
            if refused != expected or (expected and status != right) or status >= 500:
                wrong.append((operation, scope, status))
    assert not wrong


def test_methods_that_are_not_there(api):
    paths = {operation.split(" ")[1] for operation in NEEDED}
    for path in paths:
        allowed = {operation.split(" ")[0] for operation in NEEDED if operation.split(" ")[1] == path}
        for method in set(ALL_METHODS) - allowed:
            answer = api(method, fill(path))
            assert answer.status_code == 405, (method, path, answer.status_code)
            assert set(answer["Allow"].split(", ")) == allowed
            assert answer["Content-Type"] == "application/problem+json"


def test_a_head_is_a_get_without_its_body(api):
    answer = api("HEAD", "/sources")
    assert (
        answer.status_code == 200 and answer.content == b"" and answer["ETag"] == api.get("/sources")["ETag"]
    )


def test_every_route_names_a_permission_of_the_catalogue(catalog):
    named = {
        permission
        for _, router in application._routers
        for view in router.path_operations.values()
        for operation in view.operations
        for callback in operation.auth_callbacks
        if isinstance(callback, Needs)
        for permission in callback.permissions
    }
    assert named == {scope for scopes in NEEDED.values() if scopes for scope in scopes} and named <= set(
        catalog.permissions
    )
    assert named == set(machine_scopes(catalog))


@pytest.fixture
def others(key, sent, work, api):
    """Places of things of another organisation: each is there for it."""
    done = sent(row(1), row(2, CF_JDRQ="2026/13/40"))
    trial = api.post(f"/sources/{PENALTY}/trials", table(row(1)).encode(), kind="text/csv")
    record = api.post(f"/sources/{PENALTY}/records", row(5))
    upload = api.post("/uploads", {"source": PENALTY, "filename": "a.csv", "size": 10})
    work()
    batch = f"/batches/{done['batch']}"
    subject = f"/subjects/{row(1)['CF_XDR_SHXYM']}"
    return [
        batch, batch + "/problems", batch + "/held", batch + "/records", f"/submissions/{done['id']}", subject,
        trial["Location"], trial["Location"] + "/problems", trial["Location"] + "/marked.xlsx", record["Location"],
        upload["Location"],
    ]  # fmt: skip


def test_another_organisations_thing_is_not_there(key, api, others):
    stranger = key("shuiwu")
    for place in others:
        assert api.get(place).status_code == 200, place
        theirs = stranger.get(place)
        nothing = stranger.get("/batches/999999")
        assert theirs.status_code == 404, place
        assert "gongshang" not in theirs.content.decode() and nothing.status_code == 404
    assert (
        stranger.get("/batches").json()["items"] == [] and stranger.get("/submissions").json()["items"] == []
    )
    assert stranger("DELETE", others[4]).status_code == 404
    piece = stranger(
        "PATCH", others[-1], b"x", kind="application/octet-stream", headers={"Upload-Offset": "0"}
    )
    assert piece.status_code == 404 and stranger.post(others[-1] + "/submission").status_code == 404
    wrong = stranger.post(
        f"/sources/{PENALTY}/submissions?corrects={others[0].split('/')[-1]}", b"x", kind="text/csv"
    )
    assert wrong.status_code in (404, 422)


def test_a_cursor_is_good_for_its_own_list_only(api, sent):
    for n in range(3):
        sent(row(n))
    first = api.get("/batches?limit=1").json()
    second = api.get(f"/batches?limit=1&cursor={first['next']}").json()
    third = api.get(f"/batches?limit=1&cursor={second['next']}").json()
    assert len({page["items"][0]["id"] for page in (first, second, third)}) == 3 and third["next"] is None
    for path in (
        f"/submissions?cursor={first['next']}",
        f"/batches?cursor={first['next'][:-2]}",
        "/batches?cursor=%00",
    ):
        answer = api.get(path)
        assert (answer.status_code, answer.json()["code"]) == (422, "api.cursor"), path


def test_an_upload_asks_for_what_it_is_for(key):
    """A check in pieces needs `batch.try`, a sending `batch.submit`; neither key goes on with the other's."""
    opening = {"source": PENALTY, "filename": "a.csv", "size": 1}
    tries, sends = key(scopes=["batch.try"]), key(scopes=["batch.submit"])
    for caller, other, trial, lacks in (
        (tries, sends, True, "batch.try"),
        (sends, tries, False, "batch.submit"),
    ):
        refused = other.post("/uploads", opening | {"trial": trial})
        assert (refused.status_code, refused.json()["permission"]) == (403, lacks)
        place = caller.post("/uploads", opening | {"trial": trial})["Location"]
        piece = {"kind": "application/octet-stream", "headers": {"Upload-Offset": "0"}}
        for foreign in (
            other.get(place),
            other("PATCH", place, b"x", **piece),
            other.post(f"{place}/submission"),
        ):
            assert (foreign.status_code, foreign.json()["permission"]) == (403, lacks)
        assert caller("PATCH", place, b"x", **piece).json()["received"] == 1
        assert caller.post(f"{place}/submission").status_code == 202
