"""Which models made a raster, by the provenance that lies beside it."""

from __future__ import annotations

import json
from pathlib import Path

# A map may be refined again and again; provenance of another program may go round in circles.
DEEPEST = 20


def models_of(raster) -> dict:
    """{SHA-256 of a model's file: its path} of the models that made a raster; empty where nothing tells.

    A refined map was made by the models of its probabilities.
    """
    found = {}
    for _ in range(DEEPEST):
        inputs = _inputs(raster)
        for name in ("model", "further_models"):
            found.update((entry.get("sha256"), entry.get("source")) for entry in inputs.get(name, ()))
        refined = inputs.get("probabilities")
        if not refined:
            break
        raster = refined[0].get("source")
    return found


def _inputs(raster) -> dict:
    try:
        made = json.loads(Path(f"{raster}.json").read_text(encoding="utf-8"))
        return made["inputs"]
    except (OSError, ValueError, LookupError, TypeError):  # there is none, or it is another program's
        return {}
