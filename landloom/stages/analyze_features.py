"""Analyse features: what a store holds, and what it has to do with quality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import InputError, ParameterError
from ..stage import FileIn, FileOut, Integer, NumberOutput, Stage, Text, VectorOut, declare
from . import _common as common

LISTED = 20


@dataclass(frozen=True)
class AnalyzeFeatures(Stage):
    """Look at the features of a store: statistics, main components, clusters, and what they tell of quality.

    Missing and infinite numbers are counted, features that never vary are named. Main components come from all images,
    clusters from k-means for the number with the highest silhouette. With records, each feature and each parameter
    that is a number is correlated with each metric, with the share of false discoveries among thousands of columns; a
    random forest says on held-out records how much of one metric can be explained at all, and by what.

    Images with a place on the map, by their records or their own georeference, come out as a layer coloured by
    cluster.
    """

    id = "analyze_features"
    title = "Analyse features"
    group = "Features and quality"

    features: Any = declare(FileIn("Features", "Made by Extract features.", extensions=("h5",)))
    records: Any = declare(
        FileIn(
            "Records", "Table with metrics, with which the features were extracted.", extensions=("csv",), optional=True
        )
    )
    metric: Any = declare(
        Text("Metric to explain", "By the random forest. Empty: the first one of the records.", optional=True)
    )
    fewest_clusters: Any = declare(
        Integer("Fewest clusters", "Tried, up to the most.", default=2, minimum=2, maximum=100)
    )
    most_clusters: Any = declare(
        Integer("Most clusters", "The number with the best silhouette is taken.", default=10, minimum=2, maximum=100)
    )
    seed: Any = common.seed()
    jobs: Any = common.jobs()
    statistics: Any = declare(
        FileOut("Statistics", "A row a feature.", extension="csv", filename="feature_statistics.csv")
    )
    clusters: Any = declare(
        FileOut(
            "Clusters",
            "A row an image: id, cluster (0 where its features are not finite), first two main components.",
            extension="csv",
            filename="feature_clusters.csv",
        )
    )
    correlations: Any = declare(
        FileOut("Correlations", "A row a metric and column; needs records.", extension="csv", optional=True)
    )
    cluster_layer: Any = declare(
        VectorOut("Clusters on the map", "Footprints coloured by cluster.", geometry="polygon", optional=True)
    )
    report: Any = declare(FileOut("Report", extension="html", optional=True))
    image_count: Any = declare(NumberOutput("Images"))
    dimension: Any = declare(NumberOutput("Features an image"))
    nan_count: Any = declare(NumberOutput("Numbers that are missing (NaN)"))
    infinite_count: Any = declare(NumberOutput("Numbers that are infinite"))
    constant_count: Any = declare(NumberOutput("Features that do not vary"))
    dead_count: Any = declare(NumberOutput("Features that are always 0"))
    components_90: Any = declare(NumberOutput("Main components that explain 90 % of the variance"))
    components_95: Any = declare(NumberOutput("Main components that explain 95 % of the variance"))
    cluster_count: Any = declare(NumberOutput("Clusters"))
    silhouette: Any = declare(NumberOutput("Mean silhouette of the clusters"))
    joined_count: Any = declare(NumberOutput("Records with features"))
    significant_count: Any = declare(NumberOutput("Columns that correlate with the metric, at 5 % false discoveries"))
    explained: Any = declare(NumberOutput("R² of the metric on held-out records"))

    def check(self) -> None:
        """A range that is one, and records where they are needed."""
        if self.fewest_clusters > self.most_clusters:
            raise ParameterError(
                f"FEWEST_CLUSTERS ({self.fewest_clusters}) must not be above MOST_CLUSTERS ({self.most_clusters})."
            )
        if self.correlations and not self.records:
            raise ParameterError("CORRELATIONS needs RECORDS with metrics.")

    def run(self, job: Any) -> dict:
        """Measure, find components and clusters, compare with records, write."""
        import os

        import numpy as np
        from threadpoolctl import threadpool_limits

        from .. import files
        from ..image_features import analysis, feature_store
        from ..records import layers
        from ..records.table import open_records

        store = feature_store.open_store(self.features)
        if not len(store):
            raise InputError(f"The feature store {self.features} holds no images. Run Extract features again.")
        records = open_records(self.records) if self.records else None
        if records is not None and not len(records):
            raise InputError(f"{self.records} holds no records. Choose another table, or leave it out.")
        jobs = self.jobs or os.cpu_count() or 1
        with threadpool_limits(jobs):
            found = analysis.moments(store, job.part(0.0, 0.2).progress)
            if not len(found.rows):
                raise InputError(f"No image of {self.features} has features that are all finite numbers.")
            parts = analysis.components(found)
            job.part(0.2, 0.3).progress(1.0)
            used = max(2, min(parts.explaining(analysis.CLUSTERED_SHARE), analysis.CLUSTERED_MOST))
            used = min(used, len(parts.shares))
            points = np.concatenate([parts(values, used) for _, values in store.blocks()])
            if used == 1:  # two images, or a single feature
                points = np.column_stack([points, np.zeros(len(points))])
            groups = analysis.clusters(
                points[found.rows], self.fewest_clusters, self.most_clusters, self.seed, job.part(0.3, 0.6).progress
            )
            quality = self._quality(store, records, found, jobs, job.part(0.6, 0.95)) if records else None
        placed = self._placed(store, records, job) if self.cluster_layer else None
        labels = np.zeros(len(store), int)
        labels[found.rows] = groups.labels

        table, d = found.table, found.table[["nan", "infinite", "constant", "dead"]].sum()
        lost = len(store) - len(found.rows)
        if lost:
            job.warning(
                f"Images left out of components and clusters, since not all their features are finite: {lost:,}."
            )
        with files.replacing(self.statistics) as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n")
        with files.replacing(self.clusters) as temporary:
            frame = store.table[["id", "image"]].assign(
                cluster=labels, component_1=points[:, 0], component_2=points[:, 1]
            )
            frame.to_csv(temporary, index=False, lineterminator="\n")
        if self.correlations and quality:
            with files.replacing(self.correlations) as temporary:
                quality["correlations"].to_csv(temporary, index=False, lineterminator="\n")
        if placed:
            frame, rows = placed
            layers.write_clusters(self.cluster_layer, frame.assign(cluster=labels[rows]))
        facts = {
            "image_count": len(store),
            "dimension": store.dimension,
            "nan_count": int(d["nan"]),
            "infinite_count": int(d["infinite"]),
            "constant_count": int(d["constant"]),
            "dead_count": int(d["dead"]),
            "components_90": parts.explaining(0.9),
            "components_95": parts.explaining(0.95),
            "cluster_count": groups.number,
            "silhouette": round(groups.silhouettes[groups.number], 4) if groups.silhouettes else None,
            "joined_count": quality["joined"] if quality else None,
            "significant_count": quality["significant"] if quality else None,
            "explained": round(quality["importance"].r2, 4) if quality and quality["importance"] else None,
        }
        if self.report:
            self._write_report(store, facts, found, parts, groups, points, used, quality, job)
        return facts

    def _quality(self, store: Any, records: Any, found: Any, jobs: int, job: Any) -> dict:
        """Correlations and importance, on the records that have features."""
        import numpy as np
        import pandas as pd

        from ..image_features import analysis, loading

        if not records.metrics:
            raise InputError(f"The records {self.records} have no metrics (columns metric_…) to compare features with.")
        metric = self.metric or next(iter(records.measured), records.metrics[0])
        target = records.metric(metric)
        rows, places = loading.join(store, records)
        sound = np.isin(rows, found.rows)
        rows, places = rows[sound], places[sound]
        joined = len(rows)
        if joined < len(records):
            job.message(f"Records without features, or whose features are not finite: {len(records) - joined:,}.")
        if joined > analysis.MOST_ROWS:
            drawn = np.sort(np.random.default_rng(self.seed).permutation(joined)[: analysis.MOST_ROWS])
            rows, places = rows[drawn], places[drawn]
            job.message(f"Correlations and importance are of {len(rows):,} records, drawn by chance from {joined:,}.")
        table = records.table.iloc[places]
        numbers = {
            name: table[f"param_{name}"].to_numpy(float)
            for name in records.parameters
            if pd.api.types.is_numeric_dtype(table[f"param_{name}"]) and np.isfinite(table[f"param_{name}"]).all()
        }
        names = [f"param_{name}" for name in numbers] + [analysis.column(i) for i in range(store.dimension)]
        columns = np.column_stack([*(v.astype(np.float32) for v in numbers.values()), store.read(rows)])
        metrics = {name: records.metric(name)[places] for name in records.metrics}
        pairs = analysis.correlations(columns, metrics, names)
        job.progress(0.4)
        # Images with the same content belong together, too; a record without group is one by itself.
        groups = table["group"].where(table["group"] != "", store.table["sha256"].to_numpy()[rows])
        importance = analysis.importance(
            columns, names, target[places], pd.factorize(groups)[0], metric, self.seed, jobs
        )
        own = pairs[pairs["metric"] == metric]
        return {
            "joined": joined,
            "sampled": len(rows),
            "correlations": pairs,
            "metrics": list(metrics),
            "significant": int((own["q_value"] <= analysis.FALSE_DISCOVERIES).sum()),
            "importance": importance,
        }

    def _placed(self, store: Any, records: Any, job: Any) -> tuple:
        """The footprints, and the row of the store of each."""
        from ..records import layers

        frame = records.footprints() if records else None
        if frame is not None:
            rows = store.find(frame["record_id"].to_numpy())
            frame, rows = frame[rows >= 0], rows[rows >= 0]
        else:
            frame = store.footprints()
            rows = frame.index.to_numpy() if frame is not None else None
        if frame is None or not len(frame):
            raise InputError(
                "CLUSTER_LAYER needs footprints, but no image has a place: neither the records nor the images are"
                " georeferenced. Leave it out, or give records with footprints."
            )
        areas = layers.are_polygons(frame)
        if not areas.all():
            job.warning(f"Footprints that are no areas, left out of the layer: {(~areas).sum():,} of {len(areas):,}.")
        return frame[areas], rows[areas]

    def _write_report(
        self,
        store: Any,
        facts: dict,
        found: Any,
        parts: Any,
        groups: Any,
        points: Any,
        used: int,
        quality: Any,
        job: Any,
    ) -> None:
        import numpy as np

        from .. import report
        from ..image_features import analysis, analysis_plots

        table = found.table
        constants = table["feature"][table["constant"] == 1].tolist()
        source = store.weights["source"]
        seen = points[found.rows]
        sizes = []
        for number in range(1, groups.number + 1):
            own = np.flatnonzero(groups.labels == number)
            nearest = own[np.argsort(((seen[own] - seen[own].mean(0)) ** 2).sum(1), kind="stable")[:3]]
            examples = store.ids[found.rows[nearest]].tolist()
            sizes.append({"number": number, "images": len(own), "examples": examples})
        metrics = []
        for name in quality["metrics"] if quality else []:
            own = quality["correlations"][quality["correlations"]["metric"] == name]
            ranked = own.sort_values("spearman", key=np.abs, ascending=False, kind="stable").head(LISTED)
            metrics.append(
                {
                    "name": name,
                    "tested": len(own),
                    "significant": int((own["q_value"] <= analysis.FALSE_DISCOVERIES).sum()),
                    "rows": ranked.to_dict("records"),
                }
            )
        importance = quality["importance"] if quality else None
        report.write(
            self.report,
            "features.html",
            title="Features",
            subtitle=f"{store.path}: {store.encoder}, weights: {source}",
            warnings=job.warnings,
            store=store,
            facts=facts,
            sound=len(found.rows),
            rows=[
                ("Missing numbers (NaN)", f"{facts['nan_count']:,}"),
                ("Infinite numbers", f"{facts['infinite_count']:,}"),
                ("Features that do not vary", f"{facts['constant_count']:,}"),
                ("Features that are always 0", f"{facts['dead_count']:,}"),
                ("Contents that occur more than once", f"{int(store.table['sha256'].duplicated().sum()):,}"),
                ("Components for 90 % and 95 %", f"{facts['components_90']:,} and {facts['components_95']:,}"),
            ],
            constants=constants[:LISTED],
            more_constants=max(0, len(constants) - LISTED),
            variance=analysis_plots.variance(parts),
            used=used,
            clustered_share=float(parts.shares[:used].sum()),
            looked=groups.looked,
            silhouettes=analysis_plots.silhouettes(groups) if groups.silhouettes else None,
            scatter=analysis_plots.scatter(seen, groups, parts.shares, self.seed) if groups.silhouettes else None,
            sizes=sizes,
            joined=quality["joined"] if quality else None,
            sampled=quality["sampled"] if quality else None,
            metrics=metrics,
            importance=importance,
            importances=report.importance_plot(importance.columns, loss=f"R² of {importance.metric}")
            if importance
            else None,
        )
