"""Checks the caller's key: in `Authorization: Bearer`, found by its hash, with a scope that opens this door."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from worker.api.problems import ProblemError
from worker.api.together import Together
from worker.domain.roles import May
from worker.services.deps import Deps
from worker.services.operations import api_keys
from worker.services.operations.api_keys import Known, Scope

bearer: Final = HTTPBearer(
    auto_error=False, scheme_name="key", description="A key made by `loa key create`: `Authorization: Bearer loa_…`."
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(bearer)]


async def services(request: Request) -> Deps:
    """What services are handed, acting as the caller; in a route it stands behind the caller's key."""
    deps: Deps = getattr(request.state, "deps", None) or request.app.state.deps
    return deps


Services = Annotated[Deps, Depends(services)]


#: Keys that come at the same time are looked up together.
Keys = Together[str, Known | None]


def keys(deps: Deps) -> Keys:
    """Where this process looks keys up."""
    return Together("keys", lambda written: api_keys.find_all(deps, written))


def needs(
    *scopes: Scope, may: May | None = None
) -> Callable[[Request, HTTPAuthorizationCredentials | None], Awaitable[Known]]:
    """A dependency: the caller's key, which has one of these scopes, and a role that allows `may` where it has a role.

    Else 401 or 403. From here on the services of this request act as the caller.
    """

    async def caller(request: Request, credentials: Credentials) -> Known:
        deps: Deps = request.app.state.deps
        keys: Keys = request.app.state.keys
        found = await keys.ask(credentials.credentials) if credentials is not None else None
        if found is None:
            sentence = (
                "There is no key in Authorization: Bearer."
                if credentials is None
                else "The key is unknown, revoked or expired."
            )
            raise ProblemError(401, "unauthorized", sentence, headers={"WWW-Authenticate": 'Bearer realm="loa"'})
        if not api_keys.allows(found.row, scopes):
            wanted = " or ".join(map(str, scopes))
            challenge = f'Bearer realm="loa", error="insufficient_scope", scope="{" ".join(scopes)}"'
            raise ProblemError(
                403,
                "forbidden",
                f"This key may not do that: it needs the scope {wanted}.",
                headers={"WWW-Authenticate": challenge},
            )
        if may is not None:
            found.actor.must(may)
        request.state.deps = deps.acting(found.actor)
        return found

    return caller


sends_otps: Final = needs(Scope.OTP, may=May.SEND_OTP)
SendsOtps = Annotated[Known, Depends(sends_otps)]
SeesOtps = Annotated[Known, Depends(needs(Scope.OTP, Scope.READ, may=May.SEE_OTP))]
RunsCampaigns = Annotated[Known, Depends(needs(Scope.CAMPAIGNS))]
SeesCampaigns = Annotated[Known, Depends(needs(Scope.CAMPAIGNS, Scope.READ))]
