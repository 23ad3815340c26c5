"""
Report 002's two networks in Keras as a script has them: compile, fit with the test images as validation data, evaluate.

    python keras_fit.py <epochs>

The images are random, which costs neither less nor more than reading them; only the time of the process counts.
"""

import os
import sys

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras  # noqa: E402
import numpy as np  # noqa: E402

L = keras.layers
conv = lambda filters: [L.Conv2D(filters, 3, activation="relu"), L.MaxPooling2D()]  # noqa: E731
softmax = lambda: L.Dense(10, activation="softmax")  # noqa: E731
NETWORKS = [
    [*conv(32), L.Flatten(), softmax()],
    [*conv(32), *conv(64), L.Flatten(), L.Dense(64, activation="relu"), softmax()],
]


def examples(count, random):
    return random.random((count, 28, 28, 1), np.float32), random.integers(0, 10, count)


random = np.random.default_rng(1)
train, test = examples(60_000, random), examples(10_000, random)
for layers in NETWORKS:
    model = keras.Sequential([keras.Input((28, 28, 1)), *layers])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(*train, epochs=int(sys.argv[1]), batch_size=32, validation_data=test, verbose=0)
    model.evaluate(*test, verbose=0)
