"""Extract features: images become numbers that say what they look like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import ParameterError
from ..stage import (
    Choice,
    Encoder,
    EncoderWeights,
    FileIn,
    FileOut,
    FolderIn,
    Integer,
    Number,
    NumberOutput,
    Stage,
    Text,
    declare,
)
from . import _common as common


@dataclass(frozen=True)
class ExtractFeatures(Stage):
    """Describe images by the deepest features of an encoder, averaged over the image: 2048 numbers of a ResNet-50.

    The images are those of a table of records, of a folder (GeoTIFF, PNG, JPEG, NPZ, NPY; of any size, bands and type)
    or of a tile data set. The encoder's first layer is made over to the number of bands of an image; PNG's
    transparency and nodata count as no data and become the mean of the band. Values are brought to 0–1 by SCALING and
    standardised as the weights ask for it.

    The result is an HDF5 file with a row an image: features, id, image, hash of the image's content, and footprint
    where it has one. An image whose content is in the file already, or occurs twice, is not computed again; so the
    same run with more images only computes the new ones. A run that was stopped goes on where it was when it is
    started again with the same settings, and gives the same bytes. Images that fail are counted by kind. Needs the
    deep-learning layer (Plugins ▸ Landloom ▸ Set up…).
    """

    id = "extract_features"
    title = "Extract features"
    group = "Features and quality"

    records: Any = declare(
        FileIn("Records", "Table whose column image names the images.", extensions=("csv",), optional=True)
    )
    images: Any = declare(
        FolderIn("Images, instead of records", "A folder of images, or a tile data set.", optional=True)
    )
    encoder: Any = declare(
        Encoder(
            "Encoder",
            "An encoder of segmentation-models-pytorch, such as resnet50 or efficientnet-b4; with the prefix tu- any"
            " other of timm.",
            default="resnet50",
        )
    )
    weights: Any = declare(
        EncoderWeights(
            "Weights",
            "imagenet, none (at random: features that were not learnt), or the path of a file: a state dict (.pth,"
            " .safetensors) or a model of Landloom with this encoder.",
            default="imagenet",
        )
    )
    scaling: Any = declare(
        Choice(
            "Scaling",
            "What becomes 0 and 1; what lies beyond is cut off. By data set, the limits of 200 images hold for all, and"
            " are taken from an earlier store where there is one. By image, how bright an image is gets lost.",
            default="auto",
            choices={
                "auto": "By type: 8 bit 0–255, other whole numbers 0–10000, floats 0–1; a Landloom model's own",
                "dataset": "2nd and 98th percentile of each band in the data set",
                "image": "2nd and 98th percentile of each band in the image",
                "range": "From LOW to HIGH",
            },
        )
    )
    low: Any = declare(Number("Low", "What becomes 0, for a scaling by range.", default=0.0, advanced=True))
    high: Any = declare(Number("High", "What becomes 1, for a scaling by range.", default=1.0, advanced=True))
    size: Any = declare(
        Integer(
            "Size",
            "Edge of the square to which images are brought. Empty: as they are, with a longer edge from 64 to 224;"
            " small tiles take a tenth of the time that way.",
            optional=True,
            minimum=32,
            maximum=1024,
            unit="pixels",
        )
    )
    bands: Any = declare(
        Text(
            "Bands",
            "Numbers from 1, separated by commas, in the order red, green, blue for weights of ImageNet. Empty: all, in"
            " their order.",
            optional=True,
        )
    )
    key: Any = declare(
        Text(
            "Array in NPZ files",
            "Empty: opt_v2, opt_v1 or sar, else the only one.",
            optional=True,
            advanced=True,
        )
    )
    axis: Any = declare(
        Choice(
            "Bands of arrays",
            "Where the bands of NPY and NPZ arrays are.",
            default="auto",
            advanced=True,
            choices={
                "auto": "The first or the last axis, whichever is shorter",
                "first": "The first axis",
                "last": "The last axis",
            },
        )
    )
    alpha: Any = declare(
        Choice(
            "Alpha band of GeoTIFFs",
            "GDAL calls the fourth band of many images alpha, near infrared too.",
            default="auto",
            advanced=True,
            choices={
                "auto": "A mask if it looks like one in all images",
                "mask": "A mask: what is transparent has no data",
                "data": "A band like the others",
            },
        )
    )
    pattern: Any = declare(
        Text("Only files named", "Such as *.tif or *_rgb.png; of a folder.", optional=True, advanced=True)
    )
    earlier: Any = declare(
        FileIn(
            "Earlier features",
            "A feature store made with the same settings: features of images with the same content are taken from it,"
            " and the limits of a scaling by data set, without which new features could not be compared with it.",
            extensions=("h5",),
            optional=True,
            advanced=True,
        )
    )
    minimum_share: Any = declare(
        Number(
            "Minimum share",
            "Where features of fewer images can be extracted, the run ends with an error; what was computed is kept for"
            " the next run.",
            default=0.98,
            minimum=0.0,
            maximum=1.0,
        )
    )
    precision: Any = declare(
        Choice(
            "Precision",
            "In which features are stored.",
            default="float16",
            advanced=True,
            choices={"float16": "16 bit", "float32": "32 bit (twice the size)"},
        )
    )
    seed: Any = common.seed()
    device: Any = common.device()
    jobs: Any = common.jobs()
    features: Any = declare(FileOut("Features", "A row an image.", extension="h5", filename="features.h5"))
    failures: Any = declare(FileOut("Failures", "Images that failed, and why.", extension="csv", optional=True))
    image_count: Any = declare(NumberOutput("Images"))
    stored_count: Any = declare(NumberOutput("Images with features"))
    success_share: Any = declare(NumberOutput("Share of the images with features"))
    computed_count: Any = declare(NumberOutput("Images computed in this run"))
    reused_count: Any = declare(NumberOutput("Images whose features were there already"))
    duplicate_count: Any = declare(NumberOutput("Images with the content of another one"))
    dimension: Any = declare(NumberOutput("Features an image"))
    rate: Any = declare(NumberOutput("Rate", unit="images/s"))
    peak_memory: Any = declare(NumberOutput("Peak memory", unit="MiB"))
    storage_share: Any = declare(NumberOutput("Size of the store as a share of that of the images"))

    def check(self) -> None:
        """Images from one place, and a range that is one."""
        if (self.records is None) == (self.images is None):
            raise ParameterError("Give either RECORDS or IMAGES.")
        if self.scaling == "range" and self.low >= self.high:
            raise ParameterError(f"HIGH ({self.high:g}) must be above LOW ({self.low:g}).")
        self._bands()

    def _bands(self) -> tuple:
        """The numbers of the bands."""
        try:
            numbers = tuple(int(text) for text in (self.bands or "").replace(";", ",").split(",") if text.strip())
        except ValueError:
            numbers = (0,)
        if any(number < 1 for number in numbers):
            raise ParameterError(f"BANDS must be numbers from 1, separated by commas. Got '{self.bands}' instead.")
        return numbers

    def run(self, job: Any) -> dict:
        """Find the images, compute what is new, write the store."""
        import os
        from pathlib import Path

        from ..image_features import extraction, feature_store, images
        from ..networks import devices
        from ..networks.feature_encoder import Weights
        from ..records.table import open_records

        items = (
            images.of_records(open_records(self.records))
            if self.records
            else images.of_folder(self.images, self.pattern)
        )
        earlier = feature_store.open_store(self.earlier) if self.earlier else None
        if self.weights == "none":
            job.warning(
                "The weights are random: features tell images apart, but were not learnt. Give weights that were, if"
                " they can be had."
            )
        settings = extraction.Settings(
            Weights(self.encoder, self.weights, self.seed),
            images.Reading(
                self.key or "",
                self.axis,
                self._bands(),
                images.alpha_of(items) if self.alpha == "auto" else self.alpha,
            ),
            self.scaling,
            self.low,
            self.high,
            self.size,
            self.precision,
        )
        jobs = self.jobs or os.cpu_count() or 1
        with devices.threads(jobs), devices.within_memory("Give a smaller SIZE, or fewer JOBS."):
            found = extraction.extract(
                items,
                settings,
                Path(self.features),
                earlier,
                extraction.Effort(devices.choose(self.device), jobs),
                self.minimum_share,
                Path(self.failures) if self.failures else None,
                job,
            )
        if found.by_kind:
            kinds = ", ".join(f"{kind} {number:,}" for kind, number in found.by_kind.items())
            job.warning(f"Images without features: {len(found.failures):,}; by kind: {kinds}.")
        share = found.store_bytes / found.raw_bytes
        rate = "" if found.rate is None else f" at {found.rate:.1f} images/s"
        job.message(
            f"{found.stored:,} images with {found.dimension:,} features each: {found.computed:,} computed{rate}; the"
            f" store has {100 * share:.1f} % of the images' size; {found.peak:.0f} MiB of memory at most."
        )
        return {
            "image_count": found.images,
            "stored_count": found.stored,
            "success_share": round(found.share, 6),
            "computed_count": found.computed,
            "reused_count": found.reused,
            "duplicate_count": found.duplicates,
            "dimension": found.dimension,
            "rate": None if found.rate is None else round(found.rate, 2),
            "peak_memory": round(found.peak, 1),
            "storage_share": round(share, 4),
        }
