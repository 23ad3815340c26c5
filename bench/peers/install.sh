#!/bin/sh
# Installs the peers of the benchmark, and the oracles of test/parity: Keras on TensorFlow, PyTorch, JAX and ONNX Runtime in
# Python, TensorFlow.js and jax-js in JavaScript.
#
#   sh bench/peers/install.sh
#
# Creates .peers/venv and .peers/node_modules in the repository root (git ignores them) with the pinned versions below, from PyPI
# and npm. Needs Python 3.11 or newer with its venv module, and 7 GB of disk: PyPI's PyTorch for Linux brings CUDA's libraries
# along, which are never used here.
#
# PEERS_PYTHON, when set, is a Python that already has its packages, and PEERS_NODE_MODULES a node_modules folder that has
# those of JavaScript: nothing is installed there, they are only checked.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
python=${PEERS_PYTHON:-$root/.peers/venv/bin/python}
modules=${PEERS_NODE_MODULES:-$root/.peers/node_modules}

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

if [ -z "${PEERS_NODE_MODULES:-}" ]; then
  npm install --prefix "$root/.peers" --silent --ignore-scripts @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-layers@4.22.0 \
    @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 @jax-js/jax@0.1.25
  # libtensorflow, a download from outside of npm; without it TensorFlow.js runs on WebAssembly.
  npm install --prefix "$root/.peers" --silent @tensorflow/tfjs-node@4.22.0 >&2 || echo "@tensorflow/tfjs-node does not install here" >&2
fi

for package in @tensorflow/tfjs-core @tensorflow/tfjs-layers @tensorflow/tfjs-backend-wasm @jax-js/jax; do
  [ -f "$modules/$package/package.json" ] || { echo "$modules has no $package" >&2; exit 1; }
done
echo "$modules" >&2
