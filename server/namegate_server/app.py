"""The ASGI application."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, RedirectResponse

from namegate_policy.index.store import NameStore
from namegate_server.decision_routes import decision_routes
from namegate_server.docs_page import page
from namegate_server.guard import Guard
from namegate_server.judging import Judge
from namegate_server.keys import Access, Keys
from namegate_server.policies import PolicyShelf
from namegate_server.problems import install
from namegate_server.routes import routes
from namegate_server.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp

    from namegate_server.decisions import DecisionLog


def create_app(settings: Settings | None = None) -> ASGIApp:
    """Return the application; policies are loaded now, once.

    A policy that does not load does not stop the others: `/health/ready` names it.
    """
    settings = settings or Settings()
    shelf = PolicyShelf.load(settings.policies)
    names = NameStore.open(settings.names) if settings.names else None
    log = _open_log(settings.database) if settings.database else None
    judge = Judge(shelf, names, log, settings.max_concurrent)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        judge.close()

    app = FastAPI(
        title="Namegate",
        description="Does a model's name follow the policy, and is it true of the weights?",
        version="1",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    install(app)
    app.include_router(routes(judge, shelf, log, settings.max_names))
    if log is not None:
        app.include_router(decision_routes(log))
    app.add_middleware(Guard, max_body=settings.max_body)
    if settings.keys is not None:
        app.add_middleware(Access, keys=Keys.load(settings.keys))

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(page(app.openapi()))

    @app.get("/", include_in_schema=False)
    async def front() -> RedirectResponse:
        return RedirectResponse("docs" if log is None else "decisions")

    return app


def _open_log(url: str) -> DecisionLog:
    # Only here, so that a server without a log needs no SQLAlchemy.
    from namegate_server.decisions import DecisionLog

    return DecisionLog(url)
