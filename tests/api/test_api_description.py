"""What the description of the API says of keys, limits and what has not changed."""

from tests.api.test_api_matrix import NEEDED


def test_every_operation_names_its_scope_limits_and_tags(api):
    document = api.get("/openapi.json").json()
    schemes = document["components"]["securitySchemes"]
    assert schemes["key"]["scheme"] == "bearer" and schemes["signature"]["name"] == "Authorization"
    seen = 0
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            needed = NEEDED[f"{method.upper()} {path.removeprefix('/api/v1')}"]
            told = {
                scope
                for each in operation.get("security", ())
                for scopes in each.values()
                for scope in scopes
            }
            assert told == set(needed or ()), (method, path)
            assert all(scope in operation["description"] for scope in told)
            assert {name for each in operation.get("security", ()) for name in each} <= set(schemes)
            for status in ("429", "503"):
                assert "Retry-After" in operation["responses"][status]["headers"], (method, path, status)
            if method == "get":
                assert "ETag" in operation["responses"]["200"]["headers"]
            seen += 1
    assert seen == len(NEEDED)
