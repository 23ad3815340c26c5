"""Has ONNX Runtime run a model for `heddle export --verify`: python with-onnxruntime.py MODEL SHAPE INPUTS OUTPUTS

As with-keras.py. A model that takes pictures with their channels first gets them so.
"""

import importlib.util
import sys

if importlib.util.find_spec("onnxruntime") is None or importlib.util.find_spec("numpy") is None:
    sys.exit(3)

import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402

path, shape, inputs, outputs = sys.argv[1:]
session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
(entry,) = session.get_inputs()
pictures = np.fromfile(inputs, np.float32).reshape([int(axis) for axis in shape.split(",")])
if list(entry.shape[1:]) != list(pictures.shape[1:]) and pictures.ndim > 2:
    pictures = np.ascontiguousarray(np.moveaxis(pictures, -1, 1))
np.asarray(session.run(None, {entry.name: pictures})[0], np.float32).tofile(outputs)
print(f"ONNX Runtime {onnxruntime.__version__} for Python")
