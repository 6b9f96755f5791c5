"""The servers: a Pyramid application in front of the router."""

from __future__ import annotations

import os
import warnings
import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ddbmock import storage
from ddbmock.clock import AdjustableClock
from ddbmock.later import later
from ddbmock.server import workers
from ddbmock.server.body import DIRECT_KEY, END_KEY, ROUTER_KEY, SETTINGS_KEY, START_KEY
from ddbmock.server.control import Control
from ddbmock.server.startup import exit_on_error
from ddbmock.service.instance import Instance
from ddbmock.service.request_log import Requests
from ddbmock.service.router import Router
from ddbmock.settings import INI_PREFIX, Settings

if TYPE_CHECKING:
    from ddbmock import seeding
else:
    seeding = later("ddbmock", "seeding")

with warnings.catch_warnings():
    # The warning concerns Pyramid's authors only.
    warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)
    from pyramid.config import Configurator
    from pyramid.exceptions import URLDecodeError
    from pyramid.router import Router as Application

    from ddbmock.server.views import answerer, short_cut, view


def main(global_config: Mapping[str, str] | None = None, **settings: object) -> Application:
    """Return a WSGI application with a database of its own, for ``pserve`` and tests.

    A setting is written ``ddbmock.limits = none`` in an ``.ini`` file and ``main({},
    limits="none")`` in Python; names with another prefix are Pyramid's. ``DDBMOCK_*`` variables
    override the file.

    :raises SettingsError: a setting is unknown or wrong.
    :raises StorageError: the storage cannot be opened.
    :raises SystemExit: the same from an ``.ini`` file, with the error's sentence.
    """
    if global_config and "__file__" in global_config:
        # Errors in an .ini file are reported in one sentence, without a traceback.
        with exit_on_error():
            return _created(settings)
    return _created(settings)


def _created(settings: Mapping[str, object]) -> Application:
    ours = {name: value for name, value in settings.items() if name.startswith(INI_PREFIX)}
    arguments = {name: value for name, value in settings.items() if "." not in name}
    others = {
        name: value
        for name, value in settings.items()
        if name not in ours and name not in arguments
    }
    chosen = Settings.collect(arguments, environment=os.environ, ini=ours)
    workers.check(chosen)
    opened = storage.open(chosen.storage)
    instance = Instance.of(opened, chosen, *_shared() if chosen.workers > 1 else ())
    if chosen.tables or chosen.load:
        seeding.seed(instance.dynamodb, chosen.region or "us-east-1")
    app = application(instance.router, **others)
    control = None if chosen.control == "off" else Control(instance)
    if control is not None:
        weakref.finalize(app, control.close)
    # This also runs at exit: it logs the last statistics and closes the storage.
    weakref.finalize(app, instance.close)
    if chosen.triggers or chosen.kinesis_endpoint:
        from ddbmock.server.functions import Functions

        # A circle of references would keep the application until the process exits.
        owner = weakref.ref(app)

        def start() -> None:
            functions, served = Functions(instance), owner()
            assert served is not None, "a server keeps its application"
            served.registry[END_KEY] = weakref.finalize(served, functions.close)
            if control is not None:
                control.triggers = functions.triggers

        if chosen.workers == 1:
            start()
        else:
            app.registry[START_KEY] = start  # threads do not survive a fork
    return app


def _shared() -> tuple[AdjustableClock, Requests]:
    """Return the clock and the log of requests that several processes share."""
    from ddbmock.server.workers.shared_clock import SharedClock
    from ddbmock.server.workers.shared_log import SharedRequests

    return SharedClock(), SharedRequests()


def application(router: Router, **settings: Any) -> Application:
    """Return the WSGI application in front of a router; the caller opens and closes the database.

    `settings` are Pyramid's.
    """
    config = Configurator(settings=settings)
    config.registry[SETTINGS_KEY] = router.dynamodb.settings
    config.registry[ROUTER_KEY] = router
    answer = answerer(router)
    config.add_route("dynamodb", "/*path")
    config.add_view(view(answer), route_name="dynamodb")
    # A path that is not UTF-8, or "*", matches no route; the view handles it, too.
    config.add_notfound_view(view(answer))
    config.add_exception_view(view(answer), context=URLDecodeError)
    if not any(name.startswith("pyramid.") for name in settings):
        # POST requests skip Pyramid between the server and the view.
        config.set_execution_policy(short_cut(answer))
        config.registry[DIRECT_KEY] = True
    return config.make_wsgi_app()
