"""The plugin's texts in the language of QGIS."""

from __future__ import annotations

from pathlib import Path

from qgis.PyQt.QtCore import QCoreApplication, QTranslator

FOLDER = Path(__file__).resolve().parents[1] / "i18n"


def install(locale: str) -> QTranslator | None:
    """Translate from now on into a language such as `de` or `de_AT`; None where there is no translation into it.

    Qt falls back from `de_AT` to `de`. Whoever calls keeps what is returned, and takes it away with
    QCoreApplication.removeTranslator.
    """
    translator = QTranslator()
    if not locale or not translator.load(f"landloom_{locale}", str(FOLDER), "_"):
        return None
    return translator if QCoreApplication.installTranslator(translator) else None
