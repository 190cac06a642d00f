"""The description of the API held against the API by schemathesis, every check, over every operation."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig

from tests.api.conftest import PENALTY, V1
from tests.penalty_rows import row

# A record or a file that has the form and is wrong in what it says is refused with 422: that is what checks are for.
CONFIG = SchemathesisConfig.from_dict(
    {
        "seed": 7,
        "checks": {
            "positive_data_acceptance": {
                "expected-statuses": ["2xx", "401", "403", "404", "409", "415", "422"]
            },
        },
    }
)


@pytest.fixture
def schema(api, sent, key, settings, application):
    settings.ALLOWED_HOSTS = ["*"]
    settings.ECREDIT_PUBLIC_CALLS_A_MINUTE = 1_000_000
    sent(row(1), row(2, CF_JDRQ="2026/13/40"))
    return schemathesis.openapi.from_wsgi(f"{V1}/openapi.json", application, config=CONFIG)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=str)
def test_every_operation_keeps_to_the_description(schema, key, mode):
    token = key(per_minute=1_000_000, per_day=1_000_000).secret
    for result in schema.get_all_operations():
        if mode.is_positive or result.ok().body or result.ok().query or result.ok().path_parameters:
            _hold(result.ok(), token, mode)


def _hold(operation, token, mode):
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def run(case):
        # Else nearly every source would be one that is not there.
        if mode.is_positive and "source_id" in case.path_parameters:
            case.path_parameters["source_id"] = PENALTY
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"})

    run()
