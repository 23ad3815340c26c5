"""Has Keras run a model for `heddle export --verify`: python with-keras.py MODEL SHAPE INPUTS OUTPUTS

SHAPE is that of all inputs, such as 16,28,28,1; INPUTS has their numbers, and OUTPUTS gets those of the model, all float32.
Prints the name of the program. Ends with 3 where Keras is not installed.
"""

import importlib.util
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if importlib.util.find_spec("keras") is None or importlib.util.find_spec("numpy") is None:
    sys.exit(3)
if "KERAS_BACKEND" not in os.environ:
    backends = [name for name in ("tensorflow", "torch", "jax") if importlib.util.find_spec(name)]
    if not backends:
        sys.exit(3)
    os.environ["KERAS_BACKEND"] = backends[0]

import keras  # noqa: E402
import numpy as np  # noqa: E402

path, shape, inputs, outputs = sys.argv[1:]
model = keras.models.load_model(path, compile=False)
pictures = np.fromfile(inputs, np.float32).reshape([int(axis) for axis in shape.split(",")])
np.asarray(model.predict(pictures, verbose=0), np.float32).tofile(outputs)
print(f"Keras {keras.__version__} on {keras.backend.backend()}")
