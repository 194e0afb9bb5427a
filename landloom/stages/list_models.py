"""List models: what the catalogue knows of models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..stage import NumberOutput, Stage, VectorOut, declare
from . import _common as common


@dataclass(frozen=True)
class ListModels(Stage):
    """List the models of the catalogue as a table, newest first, with their accuracy and where they are."""

    id = "list_models"
    title = "List models"
    group = "Catalogue"

    year: Any = common.year()
    month: Any = common.month()
    catalogue: Any = common.catalogue()
    connection: Any = common.connection()
    table: Any = declare(VectorOut("Models", filename="models.gpkg", geometry="none"))
    count: Any = declare(NumberOutput("Number of models"))

    def run(self, job: Any) -> dict:
        """Read and write."""
        from .. import catalogue, listing

        book = catalogue.open_catalogue(self.catalogue, self.connection, job.environ, job.secrets, create=False)
        rows = book.rows(catalogue.MODELS, self.year, self.month)
        listing.write_models(self.table, rows)
        job.message(listing.count_text(rows, "model", book.label))
        return {"count": len(rows)}
