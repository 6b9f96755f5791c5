"""``@ddbmock.mock`` on functions, generators, coroutines and classes of tests."""

from __future__ import annotations

import asyncio
import os
import unittest
from collections.abc import AsyncIterator, Iterator
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient

import ddbmock
from tests.clients.tables import MUSIC, create, table_names


class TestDecorators:
    """``mock()`` decorates whatever holds a test."""

    def test_a_function(self) -> None:
        @ddbmock.mock()
        def decorated(value: int) -> int:
            """Its docstring."""
            create(boto3.client("dynamodb"))
            return value

        assert (decorated(1), decorated(2), decorated.__doc__) == (1, 2, "Its docstring.")

    def test_a_coroutine_function(self) -> None:
        @ddbmock.mock()
        async def decorated(value: int) -> int:
            create(boto3.client("dynamodb"))
            await asyncio.sleep(0)
            assert table_names(boto3.client("dynamodb")) == ["music"]
            return value

        assert asyncio.run(decorated(1)) == 1
        assert asyncio.iscoroutinefunction(decorated)

    def test_a_generator_function(self) -> None:
        @ddbmock.mock()
        def fixture() -> Iterator[Any]:
            client = boto3.client("dynamodb")
            create(client)
            yield client
            assert table_names(client) == ["music"]

        generator = fixture()
        assert table_names(next(generator)) == ["music"]
        assert list(generator) == []

    def test_an_asynchronous_generator_function(self) -> None:
        seen: list[Any] = []

        @ddbmock.mock()
        async def fixture() -> AsyncIterator[int]:
            create(boto3.client("dynamodb"))
            try:
                yield 1
            except ZeroDivisionError as error:
                seen.append(error)
            seen.append((yield 2))
            seen.append(table_names(boto3.client("dynamodb")))

        async def run() -> None:
            generator: Any = fixture()
            assert await generator.__anext__() == 1
            assert await generator.athrow(ZeroDivisionError()) == 2
            with pytest.raises(StopAsyncIteration):
                await generator.asend("sent")

        asyncio.run(run())
        assert [str(one) for one in seen] == ["", "sent", "['music']"]

    def test_an_asynchronous_generator_that_is_closed(self) -> None:
        closed = []

        @ddbmock.mock()
        async def fixture() -> AsyncIterator[int]:
            try:
                yield 1
            finally:
                closed.append(table_names(boto3.client("dynamodb")))

        async def run() -> None:
            generator: Any = fixture()
            await generator.__anext__()
            await generator.aclose()

        asyncio.run(run())
        assert closed == [[]]

    def test_a_class_of_unittest(self) -> None:
        @ddbmock.mock()
        class Tests(unittest.TestCase):
            def setUp(self) -> None:
                create(boto3.client("dynamodb"))

            def test_one(self) -> None:
                assert table_names(boto3.client("dynamodb")) == ["music"]

            test_two = test_one

            def tearDown(self) -> None:
                assert table_names(boto3.client("dynamodb")) == ["music"]

        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(Tests).run(result)
        assert (result.testsRun, result.errors, result.failures) == (2, [], [])

    def test_without_parentheses(self) -> None:
        @ddbmock.mock
        def decorated(value: int) -> int:
            create(boto3.client("dynamodb"))
            return value

        assert decorated(1) == decorated(1) == 1

        @ddbmock.mock
        class Tests:
            def test_one(self) -> list[str]:
                return table_names(boto3.client("dynamodb"))

        assert Tests().test_one() == []

    def test_what_is_neither_database_nor_decorated_is_refused(self) -> None:
        not_a_database: Any = "wire"
        with pytest.raises(TypeError) as caught:
            ddbmock.mock(not_a_database)
        assert str(caught.value) == (
            "mock() takes a ddbmock.Database or what it is to decorate, not 'wire'."
        )

    def test_there_are_two_paths(self) -> None:
        no_path: Any = "http"
        with pytest.raises(ValueError, match=r"^A path is 'direct' or 'wire', not 'http'\.$"):
            ddbmock.mock(path=no_path).__enter__()
        assert "_ddbmock_patch" not in vars(BaseClient)

    def test_a_class_of_pytest_with_tests_of_every_kind(self) -> None:
        class Base:
            def test_inherited(self) -> None:
                table_names(boto3.client("dynamodb"))

        @ddbmock.mock()
        class Tests(Base):
            @staticmethod
            def test_static() -> None:
                create(boto3.client("dynamodb"))

            def test_own(self) -> None:
                assert table_names(boto3.client("dynamodb")) == ["of-a-fixture"]

            class TestInner:
                def test_inner(self) -> None:
                    create(boto3.client("dynamodb"))

        instance: Any = Tests()
        instance.setup_method()
        boto3.client("dynamodb").create_table(**{**MUSIC, "TableName": "of-a-fixture"})
        instance.test_own()
        instance.test_inherited()
        instance.test_static()
        instance.teardown_method()
        inner: Any = Tests.TestInner()
        for _ in ("as pytest does", "for both classes"):
            inner.setup_method()
        inner.test_inner()
        for _ in ("as pytest does", "for both classes"):
            inner.teardown_method()
        assert "_ddbmock_patch" not in vars(BaseClient)

    def test_a_class_whose_subclass_is_set_up_otherwise(self) -> None:
        @ddbmock.mock()
        class Tests:
            def test_one(self) -> None:
                create(boto3.client("dynamodb"))

        class Otherwise(Tests):
            def setup_method(self) -> None:
                """Not that of the class above."""

        instance: Any = Otherwise()
        instance.setup_method()
        instance.test_one()
        instance.teardown_method()

    def test_a_class_of_pytest(self) -> None:
        @ddbmock.mock()
        class Tests:
            test_data = 1

            def test_one(self) -> list[str]:
                create(boto3.client("dynamodb"))
                return self.helper()

            def helper(self) -> list[str]:
                return table_names(boto3.client("dynamodb"))

        assert Tests().test_one() == Tests().test_one() == ["music"]

    @pytest.mark.parametrize("with_method", [False, True])
    def test_a_class_of_pytest_that_is_set_up(self, with_method: bool) -> None:
        left = []

        class Base:
            def teardown_method(self) -> None:
                left.append(table_names(boto3.client("dynamodb")))

        class Plain(Base):
            def setup_method(self) -> None:
                create(boto3.client("dynamodb"))

        class WithMethod(Base):
            def setup_method(self, method: Any) -> None:
                assert method == "the test"
                create(boto3.client("dynamodb"))

        tests: Any = ddbmock.mock()(WithMethod if with_method else Plain)()
        tests.setup_method("the test")
        tests.teardown_method()
        assert left == [["music"]]
        assert "AWS_ACCESS_KEY_ID" not in os.environ
