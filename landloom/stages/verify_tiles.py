"""Verify tiles: whether all tiles came out of a stage, and how well what was in them is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..stage import FileOut, FolderIn, NumberOutput, Stage, Text, TextOutput, VectorOut, declare
from . import _common as common

# So many problems stand in the report; the table has all.
MOST_LISTED = 100


@dataclass(frozen=True)
class VerifyTiles(Stage):
    """Compare optical tiles after a stage, such as Refine tiles, with those before it, tile by tile.

    Checked are whether each tile is there, its shape, its range from 0 to 1, and missing values. How well the content
    is kept is told by the NDVI (root mean squared difference) and by the edges (correlation of the strength of the
    Sobel gradient in the near infrared). Grades: excellent below 0.05 and above 0.90, good below 0.10 and above 0.80,
    acceptable below 0.20 and above 0.60, else poor; the worse of the two counts, and the verdict is the grade of the
    means over all tiles. Where there are targets, which the tiles should look like, PSNR and SSIM tell how near the
    tiles are to them before and after. Pixels that had no data when the tiles were cut do not count.
    """

    id = "verify_tiles"
    title = "Verify tiles"
    group = "Tile refinement"

    after: Any = declare(FolderIn("Tiles after", "Such as the refined ones."))
    before: Any = declare(FolderIn("Tiles before", "Those that the stage was given; the same names."))
    targets: Any = declare(
        FolderIn("Targets", "Tiles of the same names, as they should look. Not every tile needs one.", optional=True)
    )
    after_key: Any = declare(Text("Array after", "Name of the array in the files.", default="opt_v2", advanced=True))
    before_key: Any = declare(Text("Array before", "Name of the array in the files.", default="opt_v1", advanced=True))
    target_key: Any = declare(
        Text("Array of the targets", "Name of the array in the files.", default="opt_v1", advanced=True)
    )
    jobs: Any = common.jobs()
    table: Any = declare(
        FileOut(
            "Table",
            "A row a tile with all numbers and problems.",
            extension="csv",
            filename="tile_verification.csv",
        )
    )
    report: Any = declare(FileOut("Report", "The verdict with examples and plots.", extension="html", optional=True))
    examples: Any = declare(
        FileOut("Picture", "Best, median and worst tile before and after.", extension="png", optional=True)
    )
    footprints: Any = declare(
        VectorOut("Tiles by grade", "Their outlines, where their JSON files say where they lie.", optional=True)
    )
    verdict: Any = declare(TextOutput("Verdict", "excellent, good, acceptable or poor."))
    summary: Any = declare(TextOutput("Summary", "The verdict with its figures, in words."))
    before_count: Any = declare(NumberOutput("Tiles before"))
    after_count: Any = declare(NumberOutput("Tiles after"))
    compared_count: Any = declare(NumberOutput("Tiles compared"))
    missing_count: Any = declare(NumberOutput("Tiles that are missing after"))
    extra_count: Any = declare(NumberOutput("Tiles that were not there before"))
    unusable_count: Any = declare(
        NumberOutput("Tiles that could not be compared", "Damaged, with NaN, or of another shape.")
    )
    beyond_count: Any = declare(NumberOutput("Tiles with values beyond 0–1"))
    target_count: Any = declare(NumberOutput("Tiles with a target"))
    excellent_share: Any = declare(NumberOutput("Share of the compared tiles that are excellent"))
    ndvi_rmse: Any = declare(NumberOutput("NDVI RMSE", "Mean over tiles."))
    edge_correlation: Any = declare(NumberOutput("Correlation of edges", "Mean over tiles."))
    spectral_angle: Any = declare(NumberOutput("Spectral angle between before and after", unit="°"))
    psnr: Any = declare(NumberOutput("PSNR against the targets", "Mean over tiles.", unit="dB"))
    ssim: Any = declare(NumberOutput("SSIM against the targets", "Mean over tiles."))
    mse: Any = declare(NumberOutput("Mean squared error against the targets", "Mean over tiles."))
    psnr_before: Any = declare(NumberOutput("PSNR against the targets before", unit="dB"))
    ssim_before: Any = declare(NumberOutput("SSIM against the targets before"))
    mse_before: Any = declare(NumberOutput("Mean squared error against the targets before"))
    improved_share: Any = declare(
        NumberOutput("Share of the tiles that are nearer to their target", "By the mean squared error.")
    )

    def run(self, job: Any) -> dict:
        """Compare tile by tile, sum up, write."""
        from ..errors import InputError
        from ..refinement import verification

        comparison, names = self._comparison()
        if self.footprints and not verification.is_georeferenced(comparison.after, names):
            raise InputError(
                f"The JSON files of the tiles in {self.after} do not say where they lie, so that there are no outlines."
                " Leave FOOTPRINTS empty, or use tiles of Cut raster into tile files."
            )
        table = self._compare(comparison, names, job.part(0.0, 0.9))
        self._write_table(table)
        found = verification.summarize(table)
        if not found.compared:
            first = table.iloc[0]
            raise InputError(
                f"None of the {len(table):,} tiles could be compared, such as {first['tile_id']}: {first['detail']}."
                f" {self.table} lists them all."
            )
        self._tell(table, found, job)
        self._draw(table, found, comparison, job)
        return {"verdict": found.verdict, "summary": found.sentence(), **self._numbers(table, found)}

    def _comparison(self) -> tuple:
        """What compares, and the names of all tiles."""
        from pathlib import Path

        from ..refinement import tile_files, verification

        folders = [
            verification.Folder(Path(path), key)
            for path, key in (
                (self.before, self.before_key),
                (self.after, self.after_key),
                (self.targets, self.target_key),
            )
            if path
        ]
        names = {tile.name for folder in folders[:2] for tile in tile_files.list_tiles(folder.path)}
        if self.targets:
            tile_files.list_tiles(self.targets)
        return verification.Comparison(*folders), sorted(names)

    def _compare(self, comparison: Any, names: list, job: Any) -> Any:
        import time
        from contextlib import closing

        from .. import windows
        from ..refinement import verification

        def one(name: str) -> dict:
            job.check_cancelled()
            return comparison(name)

        rows, began = [], time.monotonic()
        with closing(windows.each(one, names, self.jobs)) as results:
            for number, (_, row) in enumerate(results, start=1):
                rows.append(row)
                job.progress(number / len(names), f"{number / max(time.monotonic() - began, 1e-3):.1f} tiles/s")
        return verification.as_table(rows)

    def _write_table(self, table: Any) -> None:
        from .. import files

        with files.replacing(self.table) as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n", float_format="%.8g")

    def _tell(self, table: Any, found: Any, job: Any) -> None:
        for kind, rows in table[table["problem"] != ""].groupby("problem", sort=False):
            first = rows.iloc[0]
            job.warning(
                f"Tiles with the problem '{kind}': {len(rows):,}, such as {first['tile_id']}: {first['detail']}."
            )
        if self.targets and not found.with_target:
            job.warning(f"No tile has a target of its name that can be used in {self.targets}.")
        job.message(found.sentence())

    def _draw(self, table: Any, found: Any, comparison: Any, job: Any) -> None:
        from ..refinement import pictures, verification

        job.part(0.9, 1.0).progress(0.0)
        if self.footprints:
            outlined = verification.write_footprints(self.footprints, table, comparison.after)
            if outlined < found.compared:
                job.warning(
                    f"Outlines are there of {outlined:,} of {found.compared:,} compared tiles; the JSON files of the"
                    " others do not say where they lie, or not in which coordinate reference system."
                )
        picture = self.examples or str(job.scratch / "examples.png")
        if self.examples or self.report:
            pictures.draw_examples(picture, table, comparison)
        if self.report:
            self._write_report(table, found, picture, job)

    def _write_report(self, table: Any, found: Any, picture: str, job: Any) -> None:
        from .. import report
        from ..refinement import pictures, verification

        counts = table["grade"].value_counts()
        grades = [
            {
                "name": name.capitalize(),
                "colour": colour,
                "error": verification.GRADES.get(name, (None, None))[0],
                "edges": verification.GRADES.get(name, (None, None))[1],
                "tiles": int(counts.get(name, 0)),
                "share": counts.get(name, 0) / found.compared,
            }
            for name, colour in verification.COLOURS.items()
        ]
        problems = table[table["problem"] != ""]
        report.write(
            self.report,
            "tile_verification.html",
            title="Verification of tiles",
            subtitle=f"{self.before} → {self.after}",
            warnings=job.warnings,
            sentence=found.sentence(),
            found=found,
            counts=[
                ("Before", f"{found.before:,}"),
                ("After", f"{found.after:,}"),
                ("Missing after", f"{found.missing:,}"),
                ("Not there before", f"{found.extra:,}"),
                ("Could not be compared", f"{found.unusable:,}"),
                ("With values beyond 0–1", f"{found.beyond:,}"),
                ("With a target", f"{found.with_target:,}"),
            ],
            grades=grades,
            histograms=pictures.histograms(table),
            examples=report.picture(picture),
            months=verification.by(table, "month"),
            biomes=verification.by(table, "biome_code"),
            problems=problems.head(MOST_LISTED).to_dict("records"),
            more=max(len(problems) - MOST_LISTED, 0),
            settings=report.settings(self, ["before_key", "after_key", "targets", "target_key"]),
        )

    def _numbers(self, table: Any, found: Any) -> dict:
        numbers = found.numbers
        counted = ("before", "after", "compared", "missing", "extra", "unusable", "beyond")
        return {
            **{f"{name}_count": numbers.pop(name) for name in counted},
            "target_count": numbers.pop("with_target"),
            "excellent_share": round(float((table["grade"] == "excellent").sum() / found.compared), 6),
            **numbers,
        }
