"""The set-up dialog at work: it makes, repairs and removes a real environment, which here needs no packages."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import namedtuple

import pytest
from qgis.PyQt import sip
from qgis.PyQt.QtWidgets import QApplication, QMessageBox
from waiting import until

pytestmark = pytest.mark.usefixtures("plugin")

# What the environment's Python is told to be PyTorch, and a card.
FOR_CUDA = {"version": "2.13.0+cu130", "cuda": "13.0", "usable": True, "card": "NVIDIA A100"}
FOR_PROCESSOR = {"version": "2.13.0+cpu", "cuda": None, "usable": False, "card": ""}
Usage = namedtuple("Usage", "total used free")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with an environment without packages."""
    folder = tmp_path_factory.mktemp("made") / "environment"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    return folder


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """The module, with an empty home and layers without packages."""
    from landloom.plugin import environment, package_layers
    from qgis.core import QgsSettings

    for name in ("torch", "torch_index"):
        QgsSettings().remove(f"landloom/{name}")
    monkeypatch.setenv("LANDLOOM_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(package_layers, "REQUIREMENTS", tmp_path)
    monkeypatch.setattr(package_layers, "LAYERS", {"base": ("json",), "deep": ("json",), "crf": ("json",)})
    monkeypatch.setattr(package_layers, "_build_densecrf", lambda python, run: None)
    for name in ("base", "deep", "crf"):
        (tmp_path / f"{name}.txt").write_text("# nothing\n", encoding="utf-8")
    return environment


@pytest.fixture
def opened(environment, monkeypatch):
    """Open the dialog on a computer with these graphics cards."""
    from landloom.plugin import graphics_card
    from landloom.ui.setup.dialog import SetupDialog

    dialogs = []

    def opened(*cards):
        monkeypatch.setattr(graphics_card, "cards", lambda: list(cards))
        dialogs.append(SetupDialog())
        dialogs[-1].show()
        until(lambda: not dialogs[-1].card.text().startswith("Looking"))
        return dialogs[-1]

    yield opened
    for dialog in dialogs:
        dialog.reject()
        until(lambda dialog=dialog: dialog._work is None)
        sip.delete(dialog)  # widgets must not outlive the application


@pytest.fixture
def dialog(opened):
    return opened()


def press(dialog, button):
    button.click()
    until(lambda: dialog._work is None)
    return dialog.log.toPlainText().splitlines()


def message(dialog):
    return dialog.bar.currentItem().text()


def answer(monkeypatch, button):
    """Answer the next question; gives what was asked."""
    asked = []
    monkeypatch.setattr(QMessageBox, "question", lambda parent, title, text: asked.append(text) or button)
    return asked


def install(environment, made, **layers):
    """Have an environment in which layers are installed: each with its lock, and what else its record shall say."""
    folder = environment.status().folder
    if not folder.exists():
        shutil.copytree(made, folder, symlinks=True)
    entries = {
        name: {"packages": {}, "lock": environment.package_layers.lock_hash(name), **more}
        for name, more in layers.items()
    }
    (folder / environment.RECORD).write_text(json.dumps({"python": "3.12", "layers": entries}), encoding="utf-8")


def test_install_add_repair_and_remove(dialog, environment, tmp_path, monkeypatch):
    assert not dialog.remove.isEnabled()
    assert dialog.install.text() == "&Install"
    seen = []
    dialog.progress.valueChanged.connect(seen.append)
    said = press(dialog, dialog.install)
    assert any(0 < value < 1000 for value in seen), "one sees how far it is"
    assert said.index("json works.") > said.index("Checking json …")
    assert said[-1] == message(dialog) == "Landloom is ready."
    assert environment.status().ready()
    assert not environment.status().ready("deep"), "nobody has asked for it"
    assert dialog.choices.states["base"].text() == "installed"
    assert (dialog.install.text(), dialog.size.text()) == (
        "&Repair…",
        "All that is chosen is installed; a repair installs it anew.",
    )

    damage = environment.status().folder / "damage"
    damage.touch()
    dialog.choices.boxes["deep"].setChecked(True)
    dialog.choices.boxes["crf"].setChecked(True)
    assert dialog.install.text() == "&Install"
    monkeypatch.setattr(environment.torch_build, "ask", lambda python, run: FOR_PROCESSOR)
    press(dialog, dialog.install)
    assert damage.exists(), "layers were added and nothing made anew"
    assert environment.status().ready("deep")
    assert environment.status().ready("crf")
    assert dialog.torch.text() == "2.13.0 for the processor"

    answer(monkeypatch, QMessageBox.StandardButton.No)
    press(dialog, dialog.install)
    assert damage.exists(), "the question about the repair was answered with no"
    asked = answer(monkeypatch, QMessageBox.StandardButton.Yes)
    press(dialog, dialog.install)
    assert "630 MB" in asked[0], "what base, deep learning and CRF have to download, 330 + 280 + 20"
    assert not damage.exists()
    assert environment.status().ready("deep"), "what was installed is installed again"

    asked = answer(monkeypatch, QMessageBox.StandardButton.No)
    press(dialog, dialog.remove)
    assert str(environment.status().folder) in asked[0]
    assert environment.status().folder.exists()
    answer(monkeypatch, QMessageBox.StandardButton.Yes)
    press(dialog, dialog.remove)
    assert not environment.status().folder.exists()
    assert dialog.choices.states["base"].text() == "not installed"


def test_what_an_older_version_has_installed_is_upgraded(opened, environment, made, tmp_path):
    install(environment, made, base={})
    (tmp_path / "base.txt").write_text("# of a later version\n", encoding="utf-8")
    dialog = opened()
    assert dialog.choices.states["base"].text() == "needs an upgrade"
    assert dialog.install.text() == "&Upgrade"
    press(dialog, dialog.install)
    assert environment.status().ready()
    assert dialog.install.text() == "&Repair…"


def test_closing_it_while_it_works_cancels_and_the_next_one_goes_on(opened, environment):
    dialog = opened()
    dialog.choices.boxes["crf"].setChecked(True)
    dialog.install.click()
    assert not dialog.install.isEnabled()
    assert dialog.closeButton.text() == "Cancel"
    until(lambda: dialog.log.toPlainText())
    dialog.closeButton.click()
    assert dialog.isVisible()
    until(lambda: dialog._work is None)
    assert dialog.log.toPlainText().endswith("The set-up was cancelled.")
    assert message(dialog) == "The set-up was cancelled."
    assert not environment.status().ready()
    assert dialog.closeButton.text() == "Close"
    dialog.closeButton.click()
    assert not dialog.isVisible()

    later = opened()
    assert later.install.text() == "&Continue"
    assert later.choices.boxes["crf"].isChecked()
    press(later, later.install)
    assert environment.status().ready("crf")
    assert environment.unfinished() == {}


def test_what_goes_wrong_is_said(dialog, tmp_path):
    (tmp_path / "home").write_text("a file where a folder should be")
    (said,) = press(dialog, dialog.install)
    assert said.startswith(f"The folder {tmp_path / 'home'} cannot be written")
    assert message(dialog) == said


def test_where_the_disk_is_too_small_nothing_is_begun(opened, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**12, 0, 2 * 10**9))
    dialog = opened()
    assert dialog.install.isEnabled(), "the base layer takes 1.3 GB of the 2 that are free"
    assert "2.0 GB that are free" in dialog.size.text()
    dialog.choices.boxes["deep"].setChecked(True)
    assert not dialog.install.isEnabled()
    assert "too little" in dialog.size.text()
    dialog.choices.boxes["deep"].setChecked(False)
    assert dialog.install.isEnabled()


def test_a_graphics_card_is_named_and_decides_which_pytorch_is_offered(opened):
    from landloom.plugin.graphics_card import Card

    dialog = opened(Card("NVIDIA A100", 81920, 80000, "580.95"))
    assert dialog.card.text() == "NVIDIA A100 with 86 GB, driver 580.95"  # 81920 MiB are 85.9 · 10^9 bytes
    dialog.choices.boxes["deep"].setChecked(True)
    assert dialog.choices.torch.cuda.isChecked()
    assert "3.5 GB" in dialog.size.text()  # 330 MB + 3200 MB
    assert opened().choices.torch.processor.isChecked()


def test_the_build_of_pytorch_and_its_address_reach_the_set_up_and_are_remembered(opened, environment, monkeypatch):
    given = []
    monkeypatch.setattr(environment, "install", lambda layers, home, tell, cancelled, *torch: given.append(torch))
    dialog = opened()
    press(dialog, dialog.install)
    assert given.pop() == ("", ""), "without deep learning it is no question"
    dialog.choices.boxes["deep"].setChecked(True)
    dialog.choices.torch.cuda.setChecked(True)
    dialog.choices.torch.index.setText(" file:///wheels/cu126 ")
    press(dialog, dialog.install)
    assert given == [("cuda", "file:///wheels/cu126")]
    later = opened()
    assert (later.choices.torch.torch(), later.choices.torch.torch_index()) == ("cuda", "file:///wheels/cu126")
    later.choices.boxes["deep"].setChecked(True)
    later.choices.torch.index.setText("https://user:secret@packages.example.org/cu126")
    press(later, later.install)
    assert opened().choices.torch.torch_index() == "", "a password is not kept"


def test_another_build_of_pytorch_can_be_chosen_later(opened, environment, made):
    install(environment, made, base={}, deep={"torch": FOR_CUDA})
    dialog = opened()
    assert dialog.torch.text() == "2.13.0 for CUDA 13.0, computes on NVIDIA A100"
    assert dialog.choices.torch.cuda.isChecked()
    assert dialog.install.text() == "&Repair…"
    dialog.choices.torch.processor.setChecked(True)
    assert dialog.install.text() == "&Install"

    install(environment, made, base={}, deep={"torch": {**FOR_CUDA, "usable": False, "card": ""}})
    assert "sees no graphics card that it can use" in opened().torch.text()


def test_what_is_copied_names_neither_the_user_nor_the_folders(opened, environment, made, tmp_path, monkeypatch):
    monkeypatch.setenv("USER", "anna.muster")
    monkeypatch.setenv("LOGNAME", "anna.muster")
    install(environment, made, crf={})
    dialog = opened()
    press(dialog, dialog.install)
    dialog.log.appendPlainText(f"ERROR: {tmp_path}/home/environment/x https://me:secret@host/simple /mnt/anna.muster/y")
    dialog.copy.click()
    text = QApplication.clipboard().text()
    assert "layer base: ready" in text
    assert "Checking json …" in text
    assert "$LANDLOOM_HOME/environment/x" in text
    assert "/mnt/USER/y" in text
    for private in (str(tmp_path), "secret", "anna"):
        assert private not in text
