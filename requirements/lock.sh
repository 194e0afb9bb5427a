#!/bin/sh
# Lock the exact versions of each layer for all platforms and Python versions. Needs uv.
# crf.txt is kept by hand: its one package has no wheels and is built by `_build_densecrf` in plugin/package_layers.py.
set -e
cd "$(dirname "$0")"
compile() { uv pip compile --universal --python-version 3.11 --no-annotate --no-header --no-emit-find-links -q "$@"; }
compile base.in -o base.txt
for layer in deep dev; do
    compile $layer.in -o $layer.all
    # Only what the base layer does not have already; PyTorch's CUDA packages come with PyTorch.
    grep -vxFf base.txt $layer.all | grep -vE '^(nvidia-|cuda-|triton)' | sed 's/^\(torch==[0-9.]*\).*/\1/' | sort -u > $layer.txt
    rm $layer.all
done
