"""Steps that a person takes in the console."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar, cast

SECONDS = 30.0
"""Until a step fails, far longer than it takes."""

T = TypeVar("T")

_VISIBLE = """
const [css, text] = arguments;
return [...document.querySelectorAll(css)].find((one) =>
    one.getClientRects().length && one.checkVisibility({visibilityProperty: true}) &&
    one.innerText.replaceAll("\\u00a0", " ").includes(text)) ?? null
"""
"""Returns the first visible element that has a text. Asking the browser about each element in turn took
a third of the time of the tests."""


class Browser:
    """A browser that shows the console of one server."""

    def __init__(self, driver: Any, url: str) -> None:
        self.driver = driver
        self.url = url

    def open(self, place: str = "", *, phone: bool = False) -> None:
        """Open a place of the console, as its link does."""
        self.driver.set_window_size(*((390, 844) if phone else (1280, 900)))
        self.driver.get("about:blank")  # a change of the fragment alone would not load the page
        self.driver.get(self.url + place)
        self.see("h1")

    def until(self, condition: Callable[[], T | None]) -> T:
        """Return the first true value of a condition; elements may come and go meanwhile."""
        from selenium.common.exceptions import (
            ElementClickInterceptedException,
            ElementNotInteractableException,
            NoSuchElementException,
            StaleElementReferenceException,
        )
        from selenium.webdriver.support.ui import WebDriverWait

        passing = (
            ElementClickInterceptedException,
            ElementNotInteractableException,
            NoSuchElementException,
            StaleElementReferenceException,
        )
        wait = WebDriverWait(self.driver, SECONDS, 0.05, ignored_exceptions=passing)
        result: Any = wait.until(lambda _: condition())
        return cast(T, result)

    def see(self, css: str, text: str = "") -> Any:
        """Wait for a visible element that has a text, and return it."""
        return self.until(lambda: self._visible(css, text))

    def gone(self, css: str, text: str = "") -> None:
        """Wait until there is no visible element with a text."""
        self.until(lambda: self._visible(css, text) is None)

    def click(self, css: str, text: str = "") -> None:
        """Click the first visible element with a text, as soon as it is enabled."""

        def clicked() -> bool:
            element = self._visible(css, text)
            if element is None or self.script("return !!arguments[0].disabled", element):
                return False
            element.click()
            return True

        self.until(clicked)

    def _visible(self, css: str, text: str) -> Any:
        return self.script(_VISIBLE, css, text)

    def press(self, text: str) -> None:
        """Click a button by its label."""
        self.click("button, a.button, summary", text)

    def field(self, label: str) -> Any:
        """Return the field with a label."""
        xpath = (
            f"//label[normalize-space()={json.dumps(label)}]/following-sibling::*"
            "[self::input or self::select or self::textarea]"
            f" | //*[@aria-label={json.dumps(label)}]"
            f" | //label[normalize-space()={json.dumps(label)}]/input"
        )

        def found() -> Any:
            return next(
                (one for one in self.driver.find_elements("xpath", xpath) if one.is_displayed()),
                None,
            )

        return self.until(found)

    def fill(self, label: str, text: str) -> None:
        """Type a text into a field, in place of what is there."""
        from selenium.webdriver.common.keys import Keys

        field = self.field(label)
        field.send_keys(Keys.CONTROL + "a", Keys.DELETE)
        field.send_keys(text)

    def choose(self, label: str, value: str) -> None:
        """Choose an option of a field by its value."""
        from selenium.webdriver.support.ui import Select

        Select(self.field(label)).select_by_value(value)

    def write(self, text: str) -> None:
        """Type into the code editor, in place of what is there."""
        from selenium.webdriver.common.keys import Keys

        editor = self.until(
            lambda: self.script(
                "const hosts = [...document.querySelectorAll('.editor > div')];"
                "return hosts.map(h => h.shadowRoot?.querySelector('.cm-content')).find(Boolean)"
            )
        )
        # in one call: the next one would move the cursor first
        editor.send_keys(Keys.CONTROL, "a", Keys.NULL, Keys.DELETE)
        # as a paste: typed brackets would be closed
        self.driver.execute_cdp_cmd("Input.insertText", {"text": text})

    def keys(self, *keys: str) -> None:
        """Press keys where the focus is."""
        self.driver.switch_to.active_element.send_keys(*keys)

    def script(self, script: str, *arguments: Any) -> Any:
        """Run a script in the page, and return its result."""
        return self.driver.execute_script(script, *arguments)

    def emulate(self, colours: str) -> None:
        """Set the colours that the reader prefers, light or dark; they change at once."""
        features = {"prefers-color-scheme": colours, "prefers-reduced-motion": "reduce"}
        self.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia",
            {"features": [{"name": name, "value": value} for name, value in features.items()]},
        )

    def check_no_errors(self) -> None:
        """Fail if the page logged an error other than an answer of DynamoDB's."""
        errors = [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if entry["level"] == "SEVERE" and "status of 400" not in entry["message"]
        ]
        assert errors == [], errors

    def forget(self) -> None:
        """Forget the preferences that the page has stored."""
        self.emulate("light")
        self.script("localStorage.clear(); sessionStorage.clear()")
        self.driver.get("about:blank")
