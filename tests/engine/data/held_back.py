"""Preloaded by a Dask worker: it holds back what it classifies, so that it is certain what is done when.

All workers of a folder begin before any of them ends a window; windows from the third row on wait for the file `go`.
"""

import os
import time
from pathlib import Path

from landloom.prediction import WindowTask


def dask_setup(worker):
    """What Dask calls once."""
    folder, workers = Path(os.environ["HELD_BACK"]), int(os.environ["WORKERS"])
    classify = WindowTask.__call__

    def held_back(task, window, *more):
        (folder / f"{os.getpid()}.begun").touch()
        while len(list(folder.glob("*.begun"))) < workers or (window.row_off >= 512 and not (folder / "go").exists()):
            time.sleep(0.01)
        return classify(task, window, *more)

    WindowTask.__call__ = held_back
