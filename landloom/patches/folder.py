"""The folder of a data set: which files are its own, and making room for another plan."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

from ..errors import OutputError
from ..folders import OwnFiles
from . import dataset
from .dataset import CONFIG, LOG

# Where an extraction that has not ended keeps what it has.
WORK = ".extraction"

OWN = OwnFiles(
    "patch data set",
    CONFIG,
    ("metadata", "patches", "visualizations", "reports", "provenance"),
    re.compile(
        r"""
        metadata/(dataset_config|environment_info|dataset_metadata|split_metadata|extraction|validation)\.json
        | metadata/(extraction_manifest|extraction_log|patch_metadata|train_split|val_split|test_split|folds)\.csv
        | metadata/polygons\.gpkg
        | patches/(patch_-?\d+_\d+\.npy | patches\.h5)
        | visualizations/(jitter_pattern_samples|nan_distribution|value_distributions|sample_patches_by_class
            |split_distribution|validation_samples)\.png
        | reports/(extraction_strategy_summary|extraction_summary|quality_summary|metadata_summary|split_summary
            |validation_report)\.txt
        | reports/quality_report\.csv
        | provenance/\w+\.json
        | DATASET_COMPLETE\.txt | dataset_report\.html
        | (.*/)?\.[^/]*\.[0-9a-f]{8}\.part(\.\w+)?(-journal|-wal|-shm)?   # what a killed run was writing
        | \.extraction/.* | \.lock
        """,
        re.VERBOSE,
    ),
)


def make_room(folder: Path, config: dict[str, Any], overwrite: bool) -> bool:
    """Whether the folder holds the very same plan already; of another plan, what it made is removed.

    Raises OutputError where that would remove patches and `overwrite` is not set. Files that are no part of a data
    set stay.
    """
    OWN.refuse_foreign(folder)
    if _planned(folder) == as_text(config):
        for left in list(folder.rglob(".*.part*")):  # by a run that was killed; the lock keeps others out
            if OWN.owns(folder, left) and left.parent.name != "provenance":  # which is written without it
                left.unlink()
        return True
    begun = any((folder / name).exists() for name in (LOG, WORK)) or any((folder / "patches").glob("*"))
    if begun and (folder / CONFIG).is_file() and not overwrite:
        raise OutputError(
            f"The folder {folder} holds the patches of another plan. Choose another folder, or OVERWRITE to remove"
            " them."
        )
    OWN.remove(folder)
    shutil.rmtree(folder / WORK, ignore_errors=True)
    return False


def as_text(config: dict[str, Any]) -> str:
    """A configuration in a form in which two that say the same are equal."""
    return json.dumps(config, sort_keys=True)


def _planned(folder: Path) -> str | None:
    try:
        return as_text(json.loads((folder / dataset.CONFIG).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None
