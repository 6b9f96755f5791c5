"""Decorators that run functions and tests inside a context: one function per callable kind.

`enter` is a function that returns a new context for each call, such as a copy of a mock.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from functools import wraps
from typing import Any, Final, TypeAlias, TypeVar, cast

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
Enter: TypeAlias = Callable[[], AbstractContextManager[Any]]
EnterFor: TypeAlias = Callable[[Sequence[Any]], AbstractContextManager[Any]]
"""A function that returns the context for a call with these positional arguments."""


def decorate(decorated: Decorated, enter: Enter) -> Decorated:
    """Decorate a function, a coroutine function, a generator (a fixture) or a class of tests.

    Each call has a context of its own, and so has each test of a class.
    """
    if inspect.isclass(decorated):
        return cast("Decorated", _decorated_class(decorated, enter))
    return cast("Decorated", _decorated_function(decorated, lambda _: enter()))


def _decorated_function(function: Callable[..., Any], enter: EnterFor) -> Callable[..., Any]:
    """Return a callable of the same kind that runs the function in a context for each call."""
    if inspect.isasyncgenfunction(function):
        return _async_generator(function, enter)
    if inspect.iscoroutinefunction(function):
        return _coroutine(function, enter)
    if inspect.isgeneratorfunction(function):
        return _generator(function, enter)
    return _plain(function, enter)


def _plain(function: Callable[..., Any], enter: EnterFor) -> Callable[..., Any]:
    @wraps(function)
    def decorated(*arguments: Any, **keywords: Any) -> Any:
        with enter(arguments):
            return function(*arguments, **keywords)

    return decorated


def _coroutine(function: Callable[..., Any], enter: EnterFor) -> Callable[..., Any]:
    @wraps(function)
    async def decorated(*arguments: Any, **keywords: Any) -> Any:
        with enter(arguments):
            return await function(*arguments, **keywords)

    return decorated


def _generator(function: Callable[..., Any], enter: EnterFor) -> Callable[..., Any]:
    @wraps(function)
    def decorated(*arguments: Any, **keywords: Any) -> Generator[Any, Any, Any]:
        with enter(arguments):
            return (yield from function(*arguments, **keywords))

    return decorated


def _async_generator(function: Callable[..., Any], enter: EnterFor) -> Callable[..., Any]:
    @wraps(function)
    async def decorated(*arguments: Any, **keywords: Any) -> AsyncGenerator[Any, Any]:
        with enter(arguments):
            inner = function(*arguments, **keywords)
            step = inner.__anext__()
            while True:
                try:
                    value = await step
                except StopAsyncIteration:
                    return
                # Async generators have no ``yield from``, so this passes on sent values and thrown
                # exceptions.
                try:
                    step = inner.asend((yield value))
                except GeneratorExit:
                    await inner.aclose()
                    raise
                except BaseException as error:
                    step = inner.athrow(error)

    return decorated


def _decorated_class(tests: Any, enter: Enter) -> Any:
    """Change a class of tests so that each test, with its set-up, has a context of its own."""
    if _is_unittest(tests):
        tests.run = _decorated_function(tests.run, lambda _: enter())
        return tests

    def enter_unless_set_up(arguments: Sequence[Any]) -> AbstractContextManager[Any]:
        return nullcontext() if _is_set_up(arguments) else enter()

    # pytest calls these around each test of any kind, and around fixtures of the class.
    tests.setup_method = _entering(getattr(tests, "setup_method", None), enter)
    tests.teardown_method = _leaving(getattr(tests, "teardown_method", None))
    for name, value in list(vars(tests).items()):
        if inspect.isclass(value) and name.startswith("Test"):
            setattr(tests, name, _decorated_class(value, enter))
        elif inspect.isfunction(value) and name.startswith("test"):
            # This is for tests that are set up differently, or called directly.
            setattr(tests, name, _decorated_function(value, enter_unless_set_up))
    return tests


_OPEN_CONTEXTS: Final = "_ddbmock_contexts"
"""The attribute of a test's instance with its contexts, the innermost last."""


def _entering(setup: Callable[..., None] | None, enter: Enter) -> Callable[..., None]:
    def setup_method(self: Any, method: Any = None) -> None:
        with ExitStack() as stack:
            stack.enter_context(enter())
            if setup is not None:
                _call(setup, self, method)
            # For a test of an inner class, pytest also calls this for the outer class.
            self.__dict__.setdefault(_OPEN_CONTEXTS, []).append(stack.pop_all())

    return setup_method


def _leaving(teardown: Callable[..., None] | None) -> Callable[..., None]:
    def teardown_method(self: Any, method: Any = None) -> None:
        contexts = self.__dict__.get(_OPEN_CONTEXTS)
        with contexts.pop() if contexts else nullcontext():
            if teardown is not None:
                _call(teardown, self, method)

    return teardown_method


def _is_unittest(tests: type) -> bool:
    """Return whether a class is a TestCase. unittest is slow to import, so it is not imported."""
    case = sys.modules.get("unittest.case")
    return case is not None and issubclass(tests, case.TestCase)


def _is_set_up(arguments: Sequence[Any]) -> bool:
    """Return whether the first argument is an instance whose test has already entered its
    context."""
    return bool(arguments) and bool(getattr(arguments[0], _OPEN_CONTEXTS, None))


def _call(method: Callable[..., None], tests: object, tested: object) -> None:
    """Call a set-up method, which pytest allows with or without the test's method as an
    argument."""
    if len(inspect.signature(method).parameters) > 1:
        method(tests, tested)
    else:
        method(tests)
