"""The set-up dialog in a real QGIS window."""

from __future__ import annotations

import pytest
from headless import installed_layers


@pytest.mark.parametrize(
    ("name", "options"),
    [("setup", {}), ("setup_dark_large", {"theme": "Night Mapping", "scale": 2})],
)
def test_the_menu_opens_the_dialog_and_all_of_it_can_be_read(drive, name, options):
    seen = drive("setup_steps:look", name=name, menu="Set up…", **options)
    assert seen["state"] == "installed"
    assert seen["install"] == ("Repair…" if {"deep", "crf"} <= installed_layers() else "Install")
    assert seen["folder"].endswith("environment")
    assert (seen["cut"], seen["nameless"]) == ([], [])
    assert seen["height"] <= 700


def test_in_german_the_dialog_is_german(drive):
    seen = drive("setup_steps:look", name="setup_german", menu="Einrichten…", locale="de")
    assert seen["title"] == "Landloom einrichten"
    assert seen["state"] == "installiert"
    assert seen["cut"] == []


def test_the_button_installs_and_says_that_it_is_ready(drive, tmp_path):
    requirements = tmp_path / "requirements"
    requirements.mkdir()
    for layer in ("base", "deep", "crf"):
        (requirements / f"{layer}.txt").write_text("# nothing\n", encoding="utf-8")
    home = tmp_path / "Eigene Größen"
    seen = drive("setup_steps:install", requirements=requirements, home=home)
    assert seen["offered"] == "&Install"
    assert seen["said"] == seen["log"][-1] == "Landloom is ready."
    assert {"json works.", "sqlite3 works."} <= set(seen["log"])
    assert "folder: $LANDLOOM_HOME" in seen["copied"]
    assert str(home) not in seen["copied"]
