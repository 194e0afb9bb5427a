"""List maps: what the catalogue knows of maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..stage import NumberOutput, Stage, VectorOut, declare
from . import _common as common


@dataclass(frozen=True)
class ListMaps(Stage):
    """List the maps of the catalogue as a layer of their footprints, newest first."""

    id = "list_maps"
    title = "List maps"
    group = "Catalogue"

    year: Any = common.year()
    month: Any = common.month()
    catalogue: Any = common.catalogue()
    connection: Any = common.connection()
    layer: Any = declare(VectorOut("Maps", filename="maps.gpkg"))
    count: Any = declare(NumberOutput("Number of maps"))

    def run(self, job: Any) -> dict:
        """Read and write."""
        from .. import catalogue, listing

        book = catalogue.open_catalogue(self.catalogue, self.connection, job.environ, job.secrets, create=False)
        rows = book.rows(catalogue.MAPS, self.year, self.month)
        listing.write_maps(self.layer, rows)
        job.message(listing.count_text(rows, "map", book.label))
        return {"count": len(rows)}
