#!/bin/sh
# Installs the peers of the benchmark, and the oracles of test/parity: Keras on TensorFlow, PyTorch, JAX and ONNX Runtime.
#
#   sh bench/peers/install.sh
#
# Creates .peers/venv in the repository root (git ignores it) with the pinned versions below, from PyPI. Needs Python 3.11 or newer
# with its venv module, and 7 GB of disk: PyPI's PyTorch for Linux brings CUDA's libraries along, which are never used here.
#
# PEERS_PYTHON, when set, is a Python that already has these packages: nothing is installed, it is only checked.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
python=${PEERS_PYTHON:-$root/.peers/venv/bin/python}

if [ -z "${PEERS_PYTHON:-}" ]; then
  [ -x "$python" ] || python3 -m venv "$root/.peers/venv"
  "$python" -m pip install --quiet numpy==2.4.6 scikit-learn==1.9.1 keras==3.15.1 tensorflow-cpu==2.21.0 torch==2.15.0 \
    jax==0.10.2 onnx==1.23.2 onnxruntime==1.31.1 statsmodels==0.15.0
fi

TF_CPP_MIN_LOG_LEVEL=3 "$python" -c '
import keras, numpy, tensorflow, torch
print("numpy", numpy.__version__, "keras", keras.__version__, "tensorflow", tensorflow.__version__, "torch", torch.__version__)
' 2>/dev/null || { echo "$python cannot import numpy, keras, tensorflow and torch" >&2; exit 1; }
echo "$python" >&2
