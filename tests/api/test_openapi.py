"""The description of the API is true: whatever it permits is answered as it says, and nothing breaks a door."""

import json

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema_rs import validator_for
from schemathesis import GenerationMode
from schemathesis.core.failures import AcceptedNegativeData, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.served import Api
from tests.chance import STEADY, counted, examples
from worker.api.otp_schemas import OTP_EXAMPLE
from worker.api.schemas import CAMPAIGN_EXAMPLE
from worker.services import otp

FUZZ = settings(
    max_examples=examples(12),
    deadline=None,
    derandomize=STEADY,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
#: Nothing can be wrong in a request to these.
WITHOUT_WORDS = {"GET /healthz", "GET /readyz", "GET /metrics", "GET /v1/audiences", "GET /v1/webhooks/deliveries"}
#: A number or a text that no pattern can describe may still be refused.
EXCLUDED = [positive_data_acceptance]
CONFORMS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def test_every_example_fits_its_own_description(api: Api):
    document = api.client().get("/openapi.json").json()
    bodies = [
        (content["schema"], content["example"])
        for path in document["paths"].values()
        for operation in path.values()
        for content in operation.get("requestBody", {}).get("content", {}).values()
        if "example" in content
    ]
    answers = [
        (schema, example)
        for schema in document["components"]["schemas"].values()
        for example in schema.get("examples", [])
    ]
    assert (len(bodies), len(answers) >= 3) == (2, True)
    for schema, example in bodies + answers:
        validator_for({**schema, "components": document["components"]}).validate(example)


def test_every_operation_says_who_may_call_and_what_may_come_back(api: Api):
    document = api.client().get("/openapi.json").json()
    producers = {path: operations for path, operations in document["paths"].items() if path.startswith("/v1/")}
    assert len(producers) == 30
    for path, operations in producers.items():
        for method, operation in operations.items():
            assert operation["security"] == [{"key": []}]
            assert {"401", "403", "503"} <= set(operation["responses"])
            # A secret is told once, and kept nowhere to be told again.
            if (
                method == "post"
                and not path.startswith(("/v1/webhooks", "/v1/suppressions"))
                and not path.endswith("/check")
            ):
                names = {one["name"] for one in operation["parameters"]}
                assert "Idempotency-Key" in names
    assert "/callbacks" not in json.dumps(document)


def is_an_unknown_parameter(fault: Exception) -> bool:
    """Whether nothing was wrong but a parameter that nobody knows, which is ignored; the key is always the right one."""
    said = str(fault)
    unknown = isinstance(fault, AcceptedNegativeData) and "query: violates `additionalProperties`" in said
    return unknown and "body: violates" not in said and "path: violates" not in said


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_whatever_is_sent_is_answered_as_the_description_says(api: Api, mode: GenerationMode):
    schema = schemathesis.openapi.from_url(f"{api.url}/openapi.json")
    key = api.client("admin").headers["authorization"]
    asked = set()
    for found in schema.get_all_operations():
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and operation.label in WITHOUT_WORDS:
            continue

        @FUZZ
        @given(case=operation.as_strategy(generation_mode=mode))
        @counted
        def ask(case) -> None:
            try:
                case.call_and_validate(headers={"Authorization": key}, excluded_checks=EXCLUDED, timeout=60)
            except FailureGroup as faults:
                if not all(map(is_an_unknown_parameter, faults.exceptions)):
                    raise
            asked.add(case.operation.label)

        ask()
    assert len(asked) == (34 if mode is GenerationMode.NEGATIVE else 39)


def test_what_goes_well_is_answered_as_the_description_says(api: Api):
    schema = schemathesis.openapi.from_url(f"{api.url}/openapi.json")
    headers = {"Authorization": api.client("admin").headers["authorization"]}

    def ask(path: str, method: str, status: int, **parts):
        case = schema[path][method].Case(**parts)
        # All but the checks that send requests of their own.
        answer = case.call(headers=headers, timeout=60)
        case.validate_response(answer, checks=CONFORMS)
        assert answer.status_code == status, answer.content
        return answer

    json_ = {"media_type": "application/json"}
    sent = ask("/v1/otp", "POST", 202, body={**OTP_EXAMPLE, "sender": "LOA"}, **json_).json()
    otp.deliver(api.world.deps, api.world.task_queue.otps[0])
    assert ask("/v1/otp/{message_id}", "GET", 200, path_parameters={"message_id": sent["id"]}).json()["attempts"] == 1
    made = ask("/v1/campaigns", "POST", 202, body=CAMPAIGN_EXAMPLE, **json_).json()
    of_it = {"path_parameters": {"campaign_id": made["id"]}}
    ask("/v1/campaigns/{campaign_id}", "GET", 200, **of_it)
    api.plan()
    for name in ("pause", "resume"):
        ask(f"/v1/campaigns/{{campaign_id}}/{name}", "POST", 200, **of_it)
    api.world.go()
    assert ask("/v1/campaigns/{campaign_id}", "GET", 200, **of_it).json()["counts"]["accepted"] == 2
    ask("/v1/campaigns/{campaign_id}/report.csv", "GET", 200, **of_it)
    ask("/v1/campaigns", "GET", 200)
    # All of it has left by then, so nothing is left to be stopped.
    ask("/v1/campaigns/{campaign_id}/cancel", "POST", 409, **of_it)
    ask("/v1/campaigns/{campaign_id}/resume", "POST", 409, **of_it)
