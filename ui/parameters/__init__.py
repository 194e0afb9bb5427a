"""Widgets for parameters whose plain ones are poor. Processing finds them by the names in `WIDGETS` of
processing_provider/parameters.py.
"""

from .bands import BandsWrapper
from .choices import ChoiceWrapper, DeviceWrapper
from .class_weights import ClassWeightsWrapper
from .encoders import EncoderWeightsWrapper, EncoderWrapper

__all__ = [
    "BandsWrapper",
    "ChoiceWrapper",
    "ClassWeightsWrapper",
    "DeviceWrapper",
    "EncoderWeightsWrapper",
    "EncoderWrapper",
]
