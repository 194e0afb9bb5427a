"""What QGIS runs at its start: the driver of a step."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["LANDLOOM_STEPS"])))

from qgis.core import QgsApplication
from window import Driver, remember

QgsApplication.messageLog().messageReceived.connect(remember)
# Kept in the module that QGIS runs, else Python would throw it away.
driver = Driver()
