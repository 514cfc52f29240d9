"""Marks for the sizes of screen a test runs at."""

import pytest

from tests.browser.chromium import SIZES

at_both_sizes = pytest.mark.parametrize("page", list(SIZES), indirect=True)
on_a_phone = pytest.mark.parametrize("page", ["phone"], indirect=True)
