"""The set-up dialog at work: it makes, repairs and removes a real environment, which here needs no packages."""

from __future__ import annotations

import time

import pytest
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtWidgets import QApplication, QMessageBox

pytestmark = pytest.mark.usefixtures("plugin")


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """The module, with an empty home and layers without packages; `environment.lock(layer, text)` changes one."""
    from landloom.plugin import environment

    monkeypatch.setenv("LANDLOOM_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(environment, "REQUIREMENTS", tmp_path)
    monkeypatch.setattr(environment, "LAYERS", {"base": ("json",), "deep": ("json",), "crf": ("json",)})
    monkeypatch.setattr(environment, "_build_densecrf", lambda python, run: None)
    for name in ("base", "deep", "crf"):
        (tmp_path / f"{name}.txt").write_text("# nothing\n", encoding="utf-8")
    return environment


@pytest.fixture
def dialog(environment):
    from landloom.ui.setup_dialog import SetupDialog

    dialog = SetupDialog()
    dialog.show()
    yield dialog
    dialog.reject()
    until(lambda: dialog.install.isEnabled())


def until(condition):
    """Serve the dialog until something is so."""
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end
        QCoreApplication.processEvents()
        time.sleep(0.01)


def install(dialog):
    dialog.install.click()
    until(dialog.install.isEnabled)
    return dialog.log.toPlainText().splitlines()


def answer(monkeypatch, button):
    """Answer the next question; gives what was asked."""
    asked = []
    monkeypatch.setattr(QMessageBox, "question", lambda parent, title, text: asked.append(text) or button)
    return asked


def test_install_repair_and_remove(dialog, environment, tmp_path, monkeypatch):
    assert not dialog.remove.isEnabled()
    seen = []
    dialog.progress.valueChanged.connect(seen.append)
    said = install(dialog)
    assert any(0 < value < 1000 for value in seen), "one sees how far it is"
    assert "Checking json …" in said
    assert said[-1] == "Landloom is ready."
    assert environment.status().ready()
    assert not environment.status().ready("deep"), "nobody has asked for it"
    assert (dialog.baseState.text(), dialog.install.text(), dialog.progress.value()) == ("ready", "Repair", 1000)

    dialog.copy.click()
    assert "layer base: ready" in QApplication.clipboard().text()

    damage = environment.status().folder / "damage"
    damage.touch()
    dialog.deep.setChecked(True)
    install(dialog)
    assert damage.exists(), "a layer was added and nothing made anew"
    assert environment.status().ready("deep")
    assert not environment.status().ready("crf")
    assert (dialog.deep.isVisible(), dialog.crf.isVisible()) == (False, True)
    dialog.crf.setChecked(True)
    install(dialog)
    assert environment.status().ready("crf")
    assert (dialog.crfState.text(), dialog.crf.isVisible()) == ("ready", False)
    dialog.crf.setChecked(False)
    dialog.deep.setChecked(False)
    install(dialog)
    assert not damage.exists(), "all was there, so it was repaired"
    assert environment.status().ready("deep"), "what was installed is installed again"

    (tmp_path / "base.txt").write_text("# of a later version\n", encoding="utf-8")
    dialog._show_state()
    assert "of another version of the plugin" in dialog.baseState.text()

    asked = answer(monkeypatch, QMessageBox.StandardButton.No)
    dialog.remove.click()
    assert str(environment.status().folder) in asked[0]
    assert environment.status().folder.exists()
    answer(monkeypatch, QMessageBox.StandardButton.Yes)
    dialog.remove.click()
    assert not environment.status().folder.exists()
    assert dialog.baseState.text().startswith("not installed")


def test_closing_it_while_it_works_cancels(dialog, environment):
    dialog.install.click()
    assert not dialog.install.isEnabled()
    assert dialog.closeButton.text() == "Cancel"
    until(lambda: dialog.log.toPlainText())
    dialog.closeButton.click()
    assert dialog.isVisible()
    until(dialog.install.isEnabled)
    assert dialog.log.toPlainText().endswith("The set-up was cancelled.")
    assert not environment.status().ready()
    assert dialog.closeButton.text() == "Close"
    dialog.closeButton.click()
    assert not dialog.isVisible()


def test_what_goes_wrong_is_said(dialog, tmp_path):
    (tmp_path / "home").write_text("a file where a folder should be")
    (said,) = install(dialog)
    assert said.startswith(f"The folder {tmp_path / 'home'} cannot be written")
