"""Which build of PyTorch is asked of pip, by what the user wants and where he lets look for it."""

import pytest

from plugin import torch_build
from plugin.programs import EnvironmentProblem
from plugin.torch_build import fits, in_words, label, requirements

CPU_INDEX, CU_INDEX = "https://wheels.example.org/whl/cpu", "https://wheels.example.org/whl/cu126/"
CPU = {"version": "2.13.0+cpu", "cuda": None, "usable": False, "card": ""}
CUDA = {"version": "2.13.0+cu130", "cuda": "13.0", "usable": True, "card": "NVIDIA A100"}


@pytest.mark.parametrize(
    ("torch", "index", "platform", "expected"),
    [
        ("", "", "linux", ""),
        ("", CPU_INDEX, "linux", "cpu"),
        ("", "file:///wheels", "linux", ""),
        ("cpu", "", "linux", "cpu"),  # a plain index has the CUDA build under the plain version
        ("cpu", "", "win32", ""),  # and there that for the processor
        ("cpu", "", "darwin", ""),
        ("cpu", CPU_INDEX, "linux", "cpu"),
        ("cuda", "", "linux", ""),
        ("cuda", CU_INDEX, "win32", "cu126"),
        ("cu126", "", "win32", "cu126"),
        ("cu126", CU_INDEX, "linux", "cu126"),
        ("cu126", "file:///wheels", "linux", "cu126"),
    ],
)
def test_the_label_follows_from_wish_address_and_platform(torch, index, platform, expected):
    assert label(torch, index, platform) == expected


@pytest.mark.parametrize(
    ("torch", "index", "platform", "words"),
    [
        ("cuda", "", "win32", "needs the address of PyTorch's packages. pytorch.org"),
        ("cuda", "", "darwin", "no build of PyTorch for CUDA on macOS"),
        ("cpu", CU_INDEX, "linux", "is that of the build 'cu126', but 'cpu' was asked for"),
        ("cuda", CPU_INDEX, "linux", "is that of the build 'cpu', but 'cuda' was asked for"),
        ("cu130", CU_INDEX, "linux", "is that of the build 'cu126'"),
        ("gpu", "", "linux", "There is no build 'gpu' of PyTorch"),
    ],
)
def test_what_cannot_be_is_said(torch, index, platform, words):
    with pytest.raises(EnvironmentProblem, match=words):
        label(torch, index, platform)


def test_the_locked_version_gets_the_label_and_markers_stay():
    locked = "timm==1.0.31\ntorch==2.13.0 ; sys_platform != 'x'\ntorchvision==0.28.0\ntorchmetrics==1.0\n"
    assert requirements(locked, "", CPU_INDEX) == locked
    labelled = "timm==1.0.31\ntorch==2.13.0+cpu ; sys_platform != 'x'\ntorchvision==0.28.0+cpu\ntorchmetrics==1.0\n"
    assert requirements(locked, "cpu", CPU_INDEX) == labelled
    # A folder of packages with a build of PyTorch may have torchvision without a label.
    assert requirements(locked, "cpu", "") == labelled.replace("0.28.0+cpu", "0.28.0")


@pytest.mark.parametrize(
    ("build", "torch", "wanted", "expected"),
    [
        (CPU, "", "", True),
        (CPU, "cpu", "cpu", True),
        (CPU, "cpu", "", True),  # on Windows
        (CPU, "cuda", "", False),
        (CPU, "cuda", "cu126", False),
        (CUDA, "cuda", "", True),
        (CUDA, "cuda", "cu126", False),
        (CUDA, "cu130", "cu130", True),
        (CUDA, "cpu", "cpu", False),
        (CUDA, "", "", True),
        ({}, "cpu", "cpu", False),  # nobody has asked which it is
        ({}, "", "", True),
    ],
)
def test_what_is_installed_is_kept_where_it_fits(build, torch, wanted, expected):
    assert fits(build, torch, wanted) is expected


def test_the_address_comes_from_the_variable_where_none_is_given(monkeypatch):
    monkeypatch.setenv("LANDLOOM_TORCH_INDEX", CU_INDEX)
    assert torch_build.index_of("") == CU_INDEX
    assert torch_build.index_of(CPU_INDEX) == CPU_INDEX


def test_what_only_cuda_needs_goes_with_it():
    gone = ["cuda-toolkit", "nvidia-cublas", "nvidia_cudnn_cu13", "torch", "torchvision", "triton"]
    assert torch_build.to_drop(dict.fromkeys([*gone, "torchmetrics", "tritonclient", "timm"], "1")) == gone


def test_in_words():
    assert in_words({}) == "none"
    assert in_words(CPU) == "2.13.0, for the processor"
    assert in_words(CUDA) == "2.13.0, for CUDA 13.0, computes on NVIDIA A100"
    assert in_words({**CUDA, "usable": False}).endswith("sees no usable graphics card")
