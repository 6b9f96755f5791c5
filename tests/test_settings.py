"""Settings come from three sources, and a wrong one is told in one sentence."""

from __future__ import annotations

import dataclasses
from typing import get_type_hints

import pytest

from ddbmock.settings import Settings, SettingsError
from ddbmock.settings.arguments import SettingsArguments


def test_every_default_passes_its_own_converter_unchanged() -> None:
    for row in dataclasses.fields(Settings):
        assert row.metadata["convert"](row.default) == row.default
        assert type(getattr(Settings(), row.name)) is type(row.default)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().limits = "none"  # type: ignore[misc]  # that it is refused is the test


def test_an_ini_file_gives_texts_and_they_become_values() -> None:
    settings = Settings.collect(
        ini={
            "ddbmock.delay_creating": "0.5",
            "ddbmock.max_body": "1024",
            "ddbmock.account_id": "000000000001",
            "pyramid.reload_templates": "true",
        }
    )
    assert settings == Settings(delay_creating=0.5, max_body=1024, account_id="000000000001")


def test_arguments_win_over_the_environment_and_the_environment_over_the_ini_file() -> None:
    settings = Settings.collect(
        {"limits": "none"},
        environment={"DDBMOCK_LIMITS": "aws", "DDBMOCK_TTL": "prompt", "HOME": "/"},
        ini={"ddbmock.ttl": "aws", "ddbmock.wording": "2025"},
    )
    assert settings == Settings(limits="none", ttl="prompt", wording="2025")


def test_a_variable_that_is_no_setting_is_left_to_its_owner() -> None:
    assert Settings.collect(environment={"DDBMOCK_HOST_OF_OUR_TEAM": "x"}) == Settings()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("limits", "some", "Setting ddbmock.limits must be one of aws, none, not 'some'."),
        ("storage", "  ", "Setting ddbmock.storage must be a text that is not empty, not '  '."),
        ("storage", 7, "Setting ddbmock.storage must be a text that is not empty, not 7."),
        ("delay_creating", "soon", "Setting ddbmock.delay_creating must be a number, not 'soon'."),
        ("delay_creating", "nan", "Setting ddbmock.delay_creating must be a number, not 'nan'."),
        ("delay_creating", True, "Setting ddbmock.delay_creating must be a number, not True."),
        (
            "delay_index",
            "-0.5",
            "Setting ddbmock.delay_index must be at least 0, not '-0.5'.",
        ),
        (
            "statistics_sample",
            0,
            "Setting ddbmock.statistics_sample must be greater than 0, not 0.",
        ),
        ("max_body", "1.5", "Setting ddbmock.max_body must be a whole number, not '1.5'."),
        ("max_body", 1.5, "Setting ddbmock.max_body must be a whole number, not 1.5."),
        ("max_body", 0, "Setting ddbmock.max_body must be at least 1, not 0."),
        (
            "account_id",
            "12345678901",
            "Setting ddbmock.account_id must be a text of 12 digits, not '12345678901'.",
        ),
        (
            "account_id",
            123456789012,
            "Setting ddbmock.account_id must be a text of 12 digits, not 123456789012.",
        ),
    ],
)
def test_a_wrong_value_is_refused(name: str, value: object, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_mapping({name: value})
    assert str(caught.value) == sentence


def test_an_unknown_name_is_refused_with_the_name_that_was_probably_meant() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.collect(ini={"ddbmock.delay_create": "3"})
    assert str(caught.value) == (
        "There is no setting ddbmock.delay_create; did you mean ddbmock.delay_creating?"
    )


def test_an_unknown_name_that_resembles_nothing_is_refused_with_all_names() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_mapping({"colour": "red"})
    names = ", ".join(row.name for row in dataclasses.fields(Settings))
    assert str(caught.value) == f"There is no setting ddbmock.colour (there are: {names})."


def test_a_variable_that_is_nearly_a_setting_is_refused() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.collect(environment={"DDBMOCK_LIMIT": "none"})
    assert str(caught.value) == (
        "The environment variable DDBMOCK_LIMIT is no setting; did you mean DDBMOCK_LIMITS?"
    )


def test_a_password_in_the_storage_url_is_not_shown() -> None:
    assert "secret" not in repr(Settings(storage="postgresql://me:secret@host/name"))


def test_the_keyword_arguments_are_the_settings() -> None:
    """Type checkers and editors read SettingsArguments, the program reads Settings."""
    assert get_type_hints(SettingsArguments) == get_type_hints(Settings)
