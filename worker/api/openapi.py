"""The OpenAPI description at /openapi.json, with the bodies that the endpoints read themselves."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from worker.api.otp_schemas import OTP_EXAMPLE, OtpBody
from worker.api.people_schemas import AudienceFields, ChangeBody, CopyBody, DecisionBody, TestBody
from worker.api.problems import Problem
from worker.api.responses import Otp
from worker.api.schemas import CAMPAIGN_EXAMPLE, CampaignBody, CampaignFields

PEOPLE: Final = (AudienceFields, ChangeBody, CopyBody, DecisionBody, TestBody)
REFERENCE: Final = "#/components/schemas/{model}"
INTRODUCTION: Final = """Bulk SMS campaigns and one-time passwords over Vietnamese providers.

Every request carries a key: `Authorization: Bearer loa_…` (`loa key create --scope otp`). A POST may carry an
`Idempotency-Key`: repeated, it does nothing new. Faults are `application/problem+json` and name the field. Times are ISO 8601.
"""


def json_body_of(model: type[BaseModel]) -> dict[str, Any]:
    """The body of an endpoint that reads it itself."""
    schema = model.model_json_schema(ref_template=REFERENCE)
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


OTP_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": REFERENCE.format(model="OtpBody")}, "example": OTP_EXAMPLE}
        },
    }
}
CAMPAIGN_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"$ref": REFERENCE.format(model="CampaignBody")},
                "example": CAMPAIGN_EXAMPLE,
            },
            "multipart/form-data": {"schema": {"$ref": REFERENCE.format(model="CampaignForm")}},
        },
    }
}


def json_body(model: str, *, required: bool = False) -> dict[str, Any]:
    """The JSON body of an endpoint that reads it itself."""
    schema = {"schema": {"$ref": REFERENCE.format(model=model)}}
    return {"requestBody": {"required": required, "content": {"application/json": schema}}}


AUDIENCE_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {"multipart/form-data": {"schema": {"$ref": REFERENCE.format(model="AudienceForm")}}},
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
    models = (CampaignBody, CampaignFields, OtpBody, Problem, Otp, *PEOPLE)
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
    audience = schemas.pop("AudienceFields")
    schemas["AudienceForm"] = {
        **audience,
        "title": "AudienceForm",
        "description": "A list to be stored, as a file.",
        "properties": {**audience["properties"], "list": file},
        "required": [*audience["required"], "list"],
    }
    return schemas
