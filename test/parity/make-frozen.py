"""
golden/frozen.json: ten steps of a network of which a part is frozen, by Keras' own `train_on_batch` in float64;
golden/frozen.keras and frozen.h5: a model with a frozen model inside, in float32, whose answers are in frozen.json too.

    JAX_ENABLE_X64=1 KERAS_BACKEND=jax python test/parity/make-frozen.py

Made with Keras 3.15.1 on JAX; it needs nothing else. A frozen batch normalisation stands before, and one behind, layers that learn.
"""

import json
import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_ENABLE_X64", "1")

import keras  # noqa: E402
import numpy as np  # noqa: E402

keras.config.set_floatx("float64")
L = keras.layers
GOLDEN = pathlib.Path(__file__).resolve().parent / "golden"
STEPS, BATCH, CLASSES = 10, 6, 4
random = np.random.default_rng(5)


def short(array):
    """Few digits, which float64 and JSON hold exactly alike."""
    return np.round(array, 3)


def model():
    return keras.Sequential(
        [
            keras.Input((8, 8, 2)),
            L.Conv2D(3, 3, strides=2, trainable=False, kernel_regularizer="l2", name="conv1"),
            L.BatchNormalization(trainable=False, name="norm1"),
            L.ReLU(name="relu1"),
            L.Conv2D(4, 2, kernel_regularizer="l2", name="conv2"),
            L.BatchNormalization(trainable=False, name="norm2"),
            L.BatchNormalization(name="norm3"),
            L.ReLU(name="relu2"),
            L.Flatten(name="flat"),
            L.Dense(6, activation="relu", trainable=False, name="hidden"),
            L.Dense(CLASSES, activation="softmax", name="out"),
        ]
    )


def drawn(variable):
    values = short(random.normal(0, 0.3, variable.shape))
    return np.abs(values) + 0.5 if variable.name in ("gamma", "moving_variance") else values


def name_of(variable):
    layer, own = variable.path.split("/")[-2:]
    return f"{layer}/{own}"


def trace(optimizer, spec, start, batches):
    network = model()
    for variable in network.variables:
        variable.assign(start[name_of(variable)])
    network.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy")
    losses = []
    for step in range(STEPS):
        images, labels = batches[step % len(batches)]
        network.reset_metrics()
        losses.append(float(network.train_on_batch(images, labels)))
    end = {name_of(variable): np.asarray(variable.numpy()).tolist() for variable in network.variables}
    return {"optimizer": spec, "losses": losses, "end": end}


def nested():
    """Its inner model is frozen but for one layer: `.h5` files then have its variables in another order than its layers."""
    inner = keras.Sequential(
        [keras.Input((8, 8, 2)), L.Conv2D(3, 3, name="a"), L.BatchNormalization(name="b"), L.Conv2D(3, 1, name="c")], name="stem"
    )
    inner.trainable = False
    inner.get_layer("c").trainable = True
    return keras.Sequential([keras.Input((8, 8, 2)), inner, L.GlobalAveragePooling2D(), L.Dense(3, activation="softmax", name="out")])


def save_nested(images):
    keras.config.set_floatx("float32")
    network = nested()
    for variable in network.variables:
        variable.assign(drawn(variable))
    for ending in ("keras", "h5"):
        network.save(GOLDEN / f"frozen.{ending}")
    return np.asarray(network(images.astype("float32"))).tolist()


def main():
    start = {name_of(variable): drawn(variable) for variable in model().variables}
    batches = [(short(random.normal(0, 1, (BATCH, 8, 8, 2))), random.integers(0, CLASSES, BATCH)) for _ in range(2)]
    traces = [
        trace(keras.optimizers.SGD(0.05, momentum=0.9), {"kind": "sgd", "learningRate": 0.05, "momentum": 0.9}, start, batches),
        trace(
            keras.optimizers.AdamW(0.01, weight_decay=0.3, epsilon=1e-3),
            {"kind": "adamw", "learningRate": 0.01, "weightDecay": 0.3, "epsilon": 1e-3},
            start,
            batches,
        ),
    ]
    golden = {
        "keras": keras.__version__,
        "start": {name: value.tolist() for name, value in start.items()},
        "batches": [{"images": images.tolist(), "labels": labels.tolist()} for images, labels in batches],
        "traces": traces,
        "nested": save_nested(batches[0][0]),
    }
    text = json.dumps(golden, separators=(",", ":"))
    (GOLDEN / "frozen.json").write_text(text + "\n")
    print(len(text), [trace["losses"] for trace in traces])


main()
