"""What is found of graphics cards, with a stand-in for the driver's program that prints what the real one does."""

import sys

import pytest

from plugin.graphics_card import Card, cards

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")


@pytest.fixture
def driver(tmp_path, monkeypatch):
    """`driver(script)`: the driver's program is this shell script, and the only program there is."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def write(script):
        program = tmp_path / "nvidia-smi"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    return write


def test_without_a_driver_there_is_no_card(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert cards() == []


def test_each_card_comes_with_its_memory_and_driver(driver):
    driver("echo 'NVIDIA GeForce RTX 4090, 24564, 23021, 550.54.14'; echo 'NVIDIA GB10, [N/A], [N/A], 580.95.05'")
    assert cards(timeout_s=600) == [
        Card("NVIDIA GeForce RTX 4090", 24564, 23021, "550.54.14"),
        Card("NVIDIA GB10", 0, 0, "580.95.05"),
    ]


@pytest.mark.parametrize(
    "script",
    [
        # As with a driver whose kernel module is not loaded, and with a card that fell off the bus.
        'echo "NVIDIA-SMI has failed because it couldn\'t communicate with the NVIDIA driver."; exit 9',
        "echo 'No devices were found'; exit 6",
        "echo 'No devices were found'",
        "printf '\\377\\376'",
    ],
)
def test_a_driver_that_does_not_work_means_no_card(script, driver):
    driver(script)
    assert cards(timeout_s=600) == []


def test_a_driver_that_hangs_means_no_card(driver):
    driver("exec /bin/sleep 600")
    assert cards(timeout_s=0.5) == []


def test_the_program_does_not_get_qgis_libraries(driver, monkeypatch):
    monkeypatch.setenv("LD_LIBRARY_PATH", "/of/qgis")
    driver('echo "${LD_LIBRARY_PATH:-none}, 1, 1, 1"')
    assert [card.name for card in cards(timeout_s=600)] == ["none"]
