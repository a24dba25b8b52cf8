"""One file a page or a family of pages: routes that call a service and render a template."""

from typing import Final

from fastapi import APIRouter

from worker.console.pages import (
    admin,
    approvals,
    campaign,
    campaigns,
    check,
    home,
    lists,
    login,
    months,
    new,
    openid,
    reconciliation,
    when,
    zalo,
)

#: Every page, in the order in which addresses are compared.
PAGES: Final[tuple[APIRouter, ...]] = (
    login.router,
    openid.router,
    home.router,
    check.router,
    new.router,
    when.router,
    zalo.router,
    approvals.router,
    campaigns.router,
    campaign.router,
    lists.router,
    reconciliation.router,
    months.router,
    admin.router,
)
