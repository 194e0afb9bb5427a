"""How much is downloaded and how much of the disk it takes: as measured, rounded up."""

from __future__ import annotations

from ...plugin.torch_build import CUDA, PROCESSOR

MB = 1_000_000
# Of each layer: to download, and on the disk, in MB. Deep learning depends on the build of PyTorch.
SIZES = {"base": (330, 1300), "crf": (20, 100), PROCESSOR: (280, 1200), CUDA: (3200, 7000)}


def of(layers, torch) -> tuple:
    """The bytes to download and on the disk for some layers, with the processor's or the CUDA build of PyTorch."""
    found = [SIZES[torch if name == "deep" else name] for name in layers]
    return sum(download for download, _ in found) * MB, sum(disk for _, disk in found) * MB
