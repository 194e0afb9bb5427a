"""Balance tiles: more training tiles of a rare class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import ParameterError
from ..stage import FileOut, FolderIn, FolderOutput, Integer, Number, NumberOutput, Stage, Text, TextOutput, declare
from . import _common as common


@dataclass(frozen=True)
class BalanceTiles(Stage):
    """Add training tiles of a rare class to a tile data set, so that a network meets it more often.

    First, tiles that are rich in the class are entered several times. Then synthetic ones are made between rich tiles
    that are alike (SMOTE): their pixels lie between those of two parents and have the class of the nearer one; where
    the parents are of two classes and the other one makes up more than a third, a pixel has no class. Both steps end
    when the class has the share that is asked for in the labelled pixels of all training tiles. Tiles for validation
    and test stay as they are. Running it again replaces what was added before.
    """

    id = "balance_tiles"
    title = "Balance tiles"
    group = "Tile data sets"

    tiles: Any = declare(FolderIn("Tile data set", "A folder made by Cut tiles.", amended=True))
    class_name: Any = declare(Text("Class", "Its name or id. Empty: the rarest in the training tiles.", optional=True))
    rich_share: Any = declare(
        Number(
            "Rich from",
            "A tile is rich in the class from this share of its labelled pixels on.",
            default=0.3,
            minimum=0.001,
            maximum=1.0,
        )
    )
    duplicate_share: Any = declare(
        Number(
            "Copy rich tiles up to",
            "Share of the class in the labelled pixels of all training tiles, copies included. 0: no copies.",
            default=0.05,
            minimum=0.0,
            maximum=0.95,
        )
    )
    smote_share: Any = declare(
        Number(
            "Then make synthetic tiles up to",
            "Share of the class likewise, synthetic tiles included. 0: no synthetic tiles.",
            default=0.075,
            minimum=0.0,
            maximum=0.95,
        )
    )
    neighbours: Any = declare(
        Integer(
            "Neighbours",
            "Towards how many of the rich tiles most like it a synthetic tile may lie.",
            default=5,
            minimum=1,
            maximum=100,
            advanced=True,
        )
    )
    seed: Any = common.seed()
    jobs: Any = common.jobs()
    report: Any = declare(FileOut("Report", "What was added.", extension="html", optional=True))
    tiles_out: Any = declare(FolderOutput("Tile data set", "The same folder, for the next step of a chain."))
    balanced_class: Any = declare(TextOutput("Class"))
    rich_count: Any = declare(NumberOutput("Tiles rich in the class"))
    copy_count: Any = declare(NumberOutput("Copies"))
    synthetic_count: Any = declare(NumberOutput("Synthetic tiles"))
    train_count: Any = declare(NumberOutput("Training tiles", "With copies and synthetic ones."))
    share_before: Any = declare(NumberOutput("Share of the class before", "In the labelled pixels of training tiles."))
    share_after: Any = declare(NumberOutput("Share of the class after"))

    def check(self) -> None:
        """Synthetic tiles come after the copies."""
        if self.smote_share and self.smote_share < self.duplicate_share:
            raise ParameterError(
                f"SMOTE_SHARE ({self.smote_share:g}) must be larger than DUPLICATE_SHARE ({self.duplicate_share:g}),"
                " which is reached first. Set SMOTE_SHARE=0 for copies alone."
            )

    def run(self, job: Any) -> dict:
        """Add tiles, tell what was done."""
        from ..tiles import balancing, folder
        from ..tiles.dataset import open_tiles

        plan = balancing.Plan(
            self.class_name, self.rich_share, self.duplicate_share, self.smote_share, self.neighbours, self.seed
        )
        tiles = open_tiles(self.tiles)
        with tiles.locked():
            found = balancing.balance(tiles, plan, self.jobs, job)
            tiles = open_tiles(self.tiles)
            tiles.write_text(folder.BALANCE_SUMMARY, balancing.lines(tiles, found))
        self._tell(found, job)
        if self.report:
            self._write_report(tiles, found, job)
        return {
            "tiles_out": self.tiles,
            "balanced_class": found.kind.name,
            "rich_count": found.rich,
            "copy_count": found.copies,
            "synthetic_count": len(found.pairs),
            "train_count": len(tiles.rows("train")),
            "share_before": found.shares[0],
            "share_after": float(found.shares[2]),
        }

    def _tell(self, found: Any, job: Any) -> None:
        name = found.kind.name
        if not found.copies and not found.pairs:
            job.message(f"{name} has {100 * found.shares[0]:.2f} % of the labelled pixels already; nothing is added.")
        if found.compared < found.rich and found.pairs:
            job.warning(
                f"Synthetic tiles come from a random choice of {found.compared:,} of the {found.rich:,} tiles rich in"
                f" {name}; comparing all of them would take too long."
            )
        if found.pairs and found.neighbours < self.neighbours:
            job.warning(
                f"NEIGHBOURS was lowered from {self.neighbours} to {found.neighbours}: only {found.compared} training"
                f" tiles are rich in {name}. Lower RICH_SHARE or cut smaller tiles for more variety."
            )
        if found.unlabelled:
            job.warning(f"Synthetic tiles not written, since they have no pixel with a class: {found.unlabelled:,}.")
        if found.rich and found.copies > 10 * found.rich:
            job.warning(
                f"Each tile rich in {name} is there {found.copies / found.rich + 1:.0f} times. A network may learn"
                " these tiles by heart."
            )

    def _write_report(self, tiles: Any, found: Any, job: Any) -> None:
        from .. import report
        from ..tiles import pictures, summary

        before, after = summary.class_shares(tiles, "train", ("cut",)), summary.class_shares(tiles, "train")
        report.write(
            self.report,
            "tile_balance.html",
            title="Training tiles balanced",
            subtitle=str(tiles.folder),
            warnings=job.warnings,
            found=found,
            rows=report.class_rows(
                tiles.classes,
                before=[before[i] for i in tiles.classes.ids],
                after=[after[i] for i in tiles.classes.ids],
            ),
            picture=report.picture(pictures.synthetic(tiles)) if found.pairs else "",
            settings=report.settings(
                self, ["rich_share", "duplicate_share", "smote_share", "neighbours", "seed"]
            ),
        )  # fmt: skip
