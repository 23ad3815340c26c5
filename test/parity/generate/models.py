"""
golden/models.json: the 22 models of the five reports, built from what the reports print: their parameter counts, and the losses of
ten training steps.

Weights are drawn from a formula (`drawn` below) that the test repeats, images are the first ones of data/fashion-mnist-mini. Dropout
is left out, as no two libraries draw alike. Reports 000 and 001 are given raw pixels, the others pixels from 0 to 1.
"""

import gzip
import pathlib
import sys

import keras
import numpy as np
import tensorflow as tf

from generate.oracles import from_keras, to_keras
from generate.training import exact_casts, keras_optimizer

STEPS, BATCH = 10, 32
DATA = pathlib.Path(__file__).parents[3] / "data/fashion-mnist-mini"
L = keras.layers


def conv1d_net(*blocks, filters_heads=None):
    """Convolution, pooling, (dropout,) batch normalisation, as the template that reports 000 and 001 share."""
    layers = []
    for filters, kernel, pool in blocks:
        layers += [L.Conv1D(filters, kernel), L.MaxPooling1D(pool), L.BatchNormalization()]
    return [L.Input((28, 28)), *layers, L.Flatten(), *(L.Dense(10, head) for head in filters_heads or ["softmax"])]


def template_001(*heads, pool=2):
    return conv1d_net((236, 2, pool), (128, 2, pool), filters_heads=heads)


def same(filters, **options):
    return L.Conv2D(filters, 3, padding="same", **options)


def three_class(penalty=None):
    """Models 2 to 5 of report 003: their dropout is left out."""
    return [
        L.Input((28, 28, 1)), same(32, activation="relu"), L.MaxPooling2D(2), same(64, activation="relu"), L.MaxPooling2D(2),
        L.Flatten(), L.Dense(128, "relu", kernel_regularizer=penalty), L.Dense(3, "softmax", kernel_regularizer=penalty),
    ]  # fmt: skip


def three_class_normalized():
    return [
        L.Input((28, 28, 1)), same(32), L.Activation("relu"), L.MaxPooling2D(2), same(64, kernel_regularizer="l2"),
        L.BatchNormalization(), L.Activation("relu"), L.MaxPooling2D(2), L.Flatten(),
        L.Dense(128, "relu", kernel_regularizer="l2"), L.Dense(3, "softmax", kernel_regularizer="l2"),
    ]  # fmt: skip


def conv(filters):
    return L.Conv2D(filters, 3, activation="relu")


EIGHT = [
    [(256, 2, 2), (128, 2, 2)],
    [(256, 3, 3), (128, 3, 2), (64, 2, 2)],
    [(256, 3, 3), (164, 3, 2), (64, 2, 2)],
    [(256, 7, 3), (128, 5, 3)],
    [(256, 7, 3), (128, 5, 3)],
    [(256, 7, 3), (164, 5, 2), (64, 1, 1)],
    [(256, 7, 3), (164, 5, 2), (64, 1, 1)],
    [(256, 10, 10)],
]

MODELS = {
    **{("conv1d-eight", f"model-{i + 1}"): lambda blocks=blocks: conv1d_net(*blocks) for i, blocks in enumerate(EIGHT)},
    ("activation-heads", "model-1"): lambda: template_001("softmax"),
    ("activation-heads", "model-2"): lambda: template_001("softmax", "sigmoid", pool=3),
    ("activation-heads", "model-3"): lambda: template_001("relu", "sigmoid"),
    ("activation-heads", "model-4"): lambda: template_001("tanh"),
    ("activation-heads", "model-5"): lambda: template_001("sigmoid", "softmax", "relu"),
    ("basic-vs-standard", "basic"): lambda: [L.Input((28, 28, 1)), conv(32), L.MaxPooling2D(), L.Flatten(), L.Dense(10, "softmax")],
    ("basic-vs-standard", "standard"): lambda: [
        L.Input((28, 28, 1)), conv(32), L.MaxPooling2D(), conv(64), L.MaxPooling2D(), L.Flatten(), L.Dense(64, "relu"),
        L.Dense(10, "softmax"),
    ],
    ("three-class", "model-1"): lambda: [L.Input((28, 28, 1)), L.Flatten(), L.Dense(128, "relu"), L.Dense(10)],
    ("three-class", "model-2"): three_class,
    ("three-class", "model-3"): lambda: three_class("l2"),
    ("three-class", "model-4"): three_class,
    ("three-class", "model-5"): lambda: three_class("l2"),
    ("three-class", "model-6"): three_class_normalized,
    ("three-conv", "reported"): lambda: [
        L.Input((28, 28, 1)), conv(32), L.MaxPooling2D(), conv(64), L.MaxPooling2D(), conv(64), L.Flatten(), L.Dense(64, "relu"),
        L.Dense(64, "relu"), L.Dense(10, "softmax"),
    ],
}  # fmt: skip

ADAM = {"kind": "adam", "learningRate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7}
ADADELTA = {"kind": "adadelta", "learningRate": 0.001, "rho": 0.95, "epsilon": 1e-7}


def drawn(name, index, shape):
    """Parameter number `index` in Heddle's layout: position i's 32 bits are mixed to u in [0, 1), then 2u - 1 is scaled."""
    x = (np.arange(np.prod(shape), dtype=np.uint64) + index * 1_000_003 + 1) * 2654435761 % 2**32
    x ^= x >> 15
    x = x * 2246822519 % 2**32
    x ^= x >> 13
    u = 2 * (x / 2**32) - 1
    if name == "kernel":
        inputs = np.prod(shape[1:])
        u = u * np.sqrt(6 / (inputs + shape[0] * inputs / shape[-1]))
    elif name == "gamma":
        u = 1 + 0.1 * u
    else:
        u = 0.1 * u
    return np.float32(u).astype(np.float64).reshape(shape)


def examples():
    def read(name, header):
        return np.frombuffer(gzip.open(DATA / name).read(), np.uint8, offset=header)

    count = STEPS * BATCH
    images = read("train-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28)[:count].astype(np.float64)
    return images, read("train-labels-idx1-ubyte.gz", 8)[:count].astype(np.int64)


def loss_of(experiment, name, labels, output):
    if experiment == "three-class":
        # As TensorFlow 2.0 to 2.3: a softmax on whatever the network gives, its own softmax included.
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=tf.identity(output)))
    if experiment == "basic-vs-standard":
        return tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(labels, output))
    return tf.reduce_mean(keras.losses.categorical_crossentropy(tf.one_hot(labels, 10, dtype=tf.float64), output))


def trace(experiment, name, spec):
    layers = MODELS[experiment, name]()
    model = keras.Sequential(layers)
    for index, variable in enumerate(model.trainable_variables):
        shape = from_keras(variable.numpy()).shape
        variable.assign(to_keras(drawn(variable.name, index, shape)))
    images, labels = examples()
    if experiment in ("conv1d-eight", "activation-heads"):
        pass
    else:
        images = images[..., None] * np.float64(1 / 255)
    if experiment == "three-class":
        labels = np.array([0, 1, 0, 0, 0, 1, 0, 1, 2, 1])[labels]
    optimizer, losses = keras_optimizer(spec), []
    for step in range(STEPS):
        rows = slice(step * BATCH, (step + 1) * BATCH)
        with tf.GradientTape() as tape:
            output = model(tf.constant(images[rows]), training=True)
            loss = loss_of(experiment, name, labels[rows], output) + sum(model.losses)
        gradients = tape.gradient(loss, [variable.value for variable in model.trainable_variables])
        with exact_casts():
            optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        losses.append(float(loss))
    counts = [int(sum(np.prod(v.shape) for v in variables)) for variables in (model.weights, model.trainable_variables)]
    return {
        "experiment": experiment, "model": name, "parameterCount": counts[0], "trainableCount": counts[1], "optimizer": spec,
        "losses": np.array(losses),
    }  # fmt: skip


# Takes logarithms of outputs near zero: under Adam float64 itself moves by up to 5e-3 when the weights move by float32's rounding.
CHAOTIC = ("activation-heads", "model-4")


def make_models():
    cases = []
    for experiment, name in MODELS:
        own = [ADAM, ADADELTA] if experiment in ("conv1d-eight", "activation-heads") else [ADAM]
        own = own[1:] if (experiment, name) == CHAOTIC else own
        for spec in own:
            cases.append(trace(experiment, name, spec))
            print(experiment, name, spec["kind"], np.round(cases[-1]["losses"], 4), file=sys.stderr)
    return cases
