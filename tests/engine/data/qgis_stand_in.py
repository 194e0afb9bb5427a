"""A program that runs a worker as QGIS does, to be killed: qgis_stand_in.py PYTHON ENGINE HOME WAY GRACE"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from plugin import worker_client

python, engine, home, way, grace = sys.argv[1:]
worker_client.GRACE_S = int(grace)
worker_client.run(
    Path(python),
    {"stage": "misbehave", "parameters": {"how": way}},
    Path(home),
    on_event=lambda event: os.write(1, f"{event.get('text', '')}\n".encode()),
    engine=Path(engine),
)
