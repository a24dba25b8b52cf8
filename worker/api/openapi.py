"""How are the doors described? OpenAPI at /openapi.json, with the bodies that the endpoints read themselves."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from worker.api.answers import Otp
from worker.api.asks import CAMPAIGN_EXAMPLE, OTP_EXAMPLE, CampaignAsk, CampaignFields, OtpAsk
from worker.api.problems import Problem

REFERENCE: Final = "#/components/schemas/{model}"
INTRODUCTION: Final = """Bulk SMS campaigns and one-time passwords over Vietnamese providers.

Every request carries a key: `Authorization: Bearer loa_…` (`loa key create --scope otp`). A POST may carry an
`Idempotency-Key`: repeated, it does nothing new. Faults are `application/problem+json` and name the field. Times are ISO 8601.
"""

OTP_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": REFERENCE.format(model="OtpAsk")}, "example": OTP_EXAMPLE}},
    }
}
CAMPAIGN_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"$ref": REFERENCE.format(model="CampaignAsk")},
                "example": CAMPAIGN_EXAMPLE,
            },
            "multipart/form-data": {"schema": {"$ref": REFERENCE.format(model="CampaignForm")}},
        },
    }
}


def describe(app: FastAPI) -> None:
    """Let the app serve its description, made once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(title=app.title, version=app.version, description=INTRODUCTION, routes=app.routes)
            made.setdefault("components", {}).setdefault("schemas", {}).update(_schemas())
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to change it


def _schemas() -> dict[str, Any]:
    # Otp too, which FastAPI describes by itself: it would drop the nulls of the example.
    models = (CampaignAsk, CampaignFields, OtpAsk, Problem, Otp)
    _, found = models_json_schema([(model, "validation") for model in models], ref_template=REFERENCE)
    schemas: dict[str, Any] = found["$defs"]
    fields = schemas.pop("CampaignFields")
    file = {"type": "string", "format": "binary", "description": "CSV, TXT or XLSX, with the numbers in `phone`."}
    schemas["CampaignForm"] = {
        **fields,
        "title": "CampaignForm",
        "description": "A campaign with its list as a file.",
        "properties": {**fields["properties"], "list": file},
        "required": [*fields["required"], "list"],
    }
    return schemas
