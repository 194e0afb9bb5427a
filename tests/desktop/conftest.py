"""Fixtures for tests in a real QGIS window."""

from __future__ import annotations

import shutil

import driving
import pytest


@pytest.fixture(scope="session")
def headless(tmp_path_factory):
    """`qgis_process`, to prepare data with."""
    qgis = driving.Qgis(tmp_path_factory.mktemp("headless"), driving.HOME)
    qgis.enable()
    return qgis


@pytest.fixture(scope="session")
def screens():
    """Virtual screens."""
    if not shutil.which("Xvfb"):
        pytest.skip("there is no Xvfb: run the desktop tests with make test-qgis, which installs it")
    found = driving.Screens()
    yield found
    found.close()


@pytest.fixture
def drive(tmp_path, screens):
    """Run a function of a module of steps in a new QGIS window (see driving.py); gives what it returns.

    Whatever QGIS's log gets from us or from Python at warning level or above fails the test.
    """

    def driver(step, /, **given):
        found = driving.drive(tmp_path, screens, step, **given)
        assert "error" not in found, found["error"]
        assert found["log"] == []
        return found["returned"]

    return driver
