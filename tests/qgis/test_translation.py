"""The compiled translation, as QGIS loads it."""

from __future__ import annotations

import sys

import pytest
from headless import ROOT
from qgis.PyQt.QtCore import QCoreApplication

sys.path.insert(0, str(ROOT / "scripts"))

import translations


@pytest.fixture
def install(plugin):
    """Install translations as the plugin does, until the test is over."""
    from landloom.plugin import translation

    installed = []

    def install(locale):
        installed.append(translation.install(locale))
        return installed[-1]

    yield install
    for translator in filter(None, installed):
        QCoreApplication.removeTranslator(translator)


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_the_compiled_file_is_what_the_translators_wrote(install, language):
    assert install(language)
    texts = [text for text in translations.read(translations.ts_path(language)) if text.translation]
    found = {text.source: QCoreApplication.translate(translations.CONTEXT, text.source) for text in texts}
    wrong = {text.source: found[text.source] for text in texts if found[text.source] != text.translation}
    assert not wrong, "the .qm file is not that of the .ts file: run make translations"


def test_in_german_algorithms_and_their_parameters_are_german(install):
    from qgis.core import QgsApplication

    assert install("de_AT"), "Austria's German is the one there is"
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("landloom:train_random_forest")
    assert algorithm.displayName() == "Zufallswald (Random Forest) trainieren"
    assert algorithm.group() == "Modelle"
    assert algorithm.parameterDefinition("TREES").description() == "Bäume"


@pytest.mark.parametrize("locale", ["", "en", "en_GB", "C", "xx"])
def test_without_a_translation_the_texts_stay_english(install, locale):
    assert install(locale) is None
    assert QCoreApplication.translate("Landloom", "Train random forest") == "Train random forest"
