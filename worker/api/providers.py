"""What is left on our accounts, by HTTP: as it was last told, or asked for now."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from worker.api import responses
from worker.api.auth import SeesCampaigns, Services
from worker.domain.money import number
from worker.domain.window import local
from worker.errors import Refused
from worker.services.deps import Deps
from worker.services.reconcile import balances

router = APIRouter(prefix="/v1/providers", tags=["providers"])


class Balance(BaseModel):
    """The last balance that an account told."""

    provider: str
    amount: float
    unit: str = Field(description="VND, or messages.")
    at: datetime
    age_s: int


class Balances(BaseModel):
    """Of each account that ever told one."""

    balances: list[Balance]


@router.get(
    "/balances",
    summary="What is left",
    response_class=JSONResponse,
    responses={200: {"model": Balances}, **responses.problems()},
)
def listed(_caller: SeesCampaigns, deps: Services) -> JSONResponse:
    """As each account told it last; asked for every ten minutes."""
    return JSONResponse({"balances": _documents(deps)})


@router.get(
    "/{name}/balance",
    summary="What is left on one account",
    response_class=JSONResponse,
    responses={200: {"model": Balance}, **responses.problems(404, 409, 422)},
)
def one(_caller: SeesCampaigns, deps: Services, name: str) -> JSONResponse:
    """As it told it last; asked for now where it never did. 409 where the provider cannot tell."""
    account = deps.account(name)
    if account.balances is None:
        raise Refused("no_balance", f"{account.title} has no function that tells its balance.")
    if name not in balances.latest(deps) and (faults := balances.refresh_one(deps, account)):
        raise Refused("no_balance", f"{account.title} was asked: {'; '.join(faults)}.")
    return JSONResponse(next(found for found in _documents(deps) if found["provider"] == name))


def _documents(deps: Deps) -> list[dict[str, Any]]:
    now = deps.clock.now()
    return [
        {
            "provider": name,
            "amount": number(reading.amount),
            "unit": reading.unit,
            "at": local(reading.at),
            "age_s": max(0, int((now - reading.at).total_seconds())),
        }
        for name, reading in balances.latest(deps).items()
    ]
