"""The network door: a Pyramid application in front of the router."""

from __future__ import annotations

import os
import warnings
import weakref
from collections.abc import Mapping
from typing import Any

from ddbmock import storage
from ddbmock.clock import AdjustableClock
from ddbmock.seeding import seed
from ddbmock.server import workers
from ddbmock.server.body import DIRECT_KEY, ROUTER_KEY, SETTINGS_KEY, START_KEY
from ddbmock.server.control import Control
from ddbmock.server.startup import told
from ddbmock.service.instance import Instance
from ddbmock.service.router import Router
from ddbmock.settings import INI_PREFIX, Settings

with warnings.catch_warnings():
    # which is for Pyramid's authors alone
    warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)
    from pyramid.config import Configurator
    from pyramid.exceptions import URLDecodeError
    from pyramid.router import Router as Application

    from ddbmock.server.views import answerer, short_cut, view


def main(global_config: Mapping[str, str] | None = None, **settings: object) -> Application:
    """Return the WSGI application with a database of its own, as ``pserve`` and tests ask for it.

    Settings are ``ddbmock.limits = none`` in an ``.ini`` file and ``main({}, limits="none")`` in
    Python; names with another prefix are Pyramid's. ``DDBMOCK_*`` variables win over the file.

    :raises SettingsError: a setting is unknown or wrong.
    :raises StorageError: the storage cannot be opened.
    :raises SystemExit: either of these in an ``.ini`` file, with their sentence.
    """
    if global_config and "__file__" in global_config:
        # started from an .ini file, whose author wants to read what is wrong in it
        with told():
            return _made(settings)
    return _made(settings)


def _made(settings: Mapping[str, object]) -> Application:
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
    instance = Instance.of(opened, chosen, _shared_clock() if chosen.workers > 1 else None)
    if chosen.tables or chosen.load:
        seed(instance.dynamodb, chosen.region or "us-east-1")
    made = application(instance.router, **others)
    control = None if chosen.control == "off" else Control(instance)
    if control is not None:
        weakref.finalize(made, control.close)
    # also at exit: the last of the statistics is logged, and the storage closed in order
    weakref.finalize(made, instance.close)
    if chosen.triggers or chosen.kinesis_endpoint:
        from ddbmock.server.functions import Functions

        def start() -> None:
            functions = Functions(instance)
            weakref.finalize(made, functions.close)
            if control is not None:
                control.triggers = functions.triggers

        if chosen.workers == 1:
            start()
        else:
            made.registry[START_KEY] = start  # threads do not survive a fork
    return made


def _shared_clock() -> AdjustableClock:
    from ddbmock.server.workers.shared_clock import SharedClock

    return SharedClock()


def application(router: Router, **settings: Any) -> Application:
    """Return the WSGI application in front of a router, whose database somebody else opens and
    closes.

    `settings` are Pyramid's.
    """
    config = Configurator(settings=settings)
    config.registry[SETTINGS_KEY] = router.dynamodb.settings
    config.registry[ROUTER_KEY] = router
    answer = answerer(router)
    config.add_route("dynamodb", "/*path")
    config.add_view(view(answer), route_name="dynamodb")
    # a path that is not UTF-8, or "*", matches no route; it is for the wire to say what it is
    config.add_notfound_view(view(answer))
    config.add_exception_view(view(answer), context=URLDecodeError)
    if not any(name.startswith("pyramid.") for name in settings):
        # nothing of Pyramid's is between the server and the view
        config.set_execution_policy(short_cut(answer))
        config.registry[DIRECT_KEY] = True
    return config.make_wsgi_app()
