"""Who is calling, and may they? A key in `Authorization: Bearer`, found by its hash, with a scope that opens this door."""

from collections.abc import Callable
from typing import Annotated, Final

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from worker.api.problems import ProblemError
from worker.services import keys
from worker.services.deps import Deps
from worker.services.keys import Scope
from worker.storage.door_tables import ApiKey

bearer: Final = HTTPBearer(
    auto_error=False, scheme_name="key", description="A key made by `loa key create`: `Authorization: Bearer loa_…`."
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(bearer)]


def services(request: Request) -> Deps:
    """What the services of this process are handed."""
    deps: Deps = request.app.state.deps
    return deps


Services = Annotated[Deps, Depends(services)]


def needs(*scopes: Scope) -> Callable[[Deps, HTTPAuthorizationCredentials | None], ApiKey]:
    """A dependency: the caller's key, which has one of these scopes; else 401 or 403."""

    def caller(deps: Services, credentials: Credentials) -> ApiKey:
        found = keys.find(deps, credentials.credentials) if credentials is not None else None
        if found is None:
            sentence = (
                "There is no key in Authorization: Bearer." if credentials is None else "The key is unknown or revoked."
            )
            raise ProblemError(401, "unauthorized", sentence, headers={"WWW-Authenticate": 'Bearer realm="loa"'})
        if not keys.allows(found, scopes):
            wanted = " or ".join(map(str, scopes))
            challenge = f'Bearer realm="loa", error="insufficient_scope", scope="{" ".join(scopes)}"'
            raise ProblemError(
                403,
                "forbidden",
                f"This key may not do that: it needs the scope {wanted}.",
                headers={"WWW-Authenticate": challenge},
            )
        return found

    return caller


SendsOtps = Annotated[ApiKey, Depends(needs(Scope.OTP))]
SeesOtps = Annotated[ApiKey, Depends(needs(Scope.OTP, Scope.READ))]
RunsCampaigns = Annotated[ApiKey, Depends(needs(Scope.CAMPAIGNS))]
SeesCampaigns = Annotated[ApiKey, Depends(needs(Scope.CAMPAIGNS, Scope.READ))]
