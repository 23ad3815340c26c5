"""
golden/moving.json: the moving statistics of batch normalisation after two training steps, and what it does with them, by Keras 2
(`tf_keras`), in float32: its fused kernel for images takes no other. Keras 3 does not correct the variance of images.
"""

import numpy as np
import tensorflow as tf
import tf_keras

from generate.numbers import short_normal

STEPS, MOMENTUM = 2, 0.8


def moved(name, shape, batch):
    rng = np.random.default_rng(5)
    layer = tf_keras.layers.BatchNormalization(momentum=MOMENTUM, dtype="float32")
    steps = [short_normal(rng, (batch, *shape)) * 2 + 3 for _ in range(STEPS)]
    for images in steps:
        layer(tf.constant(images, tf.float32), training=True)
    after = layer(tf.constant(steps[0], tf.float32), training=False).numpy()
    six = lambda values: np.array([float(f"{value:.6g}") for value in np.ravel(values)])  # noqa: E731
    return {
        "name": name, "shape": list(shape), "momentum": MOMENTUM, "batch": batch, "steps": [np.round(images, 3) for images in steps],
        "movingMean": six(layer.moving_mean.numpy()), "movingVariance": six(layer.moving_variance.numpy()), "inference": six(after),
    }  # fmt: skip


def make_moving():
    return [moved("images", (3, 2, 2), 2), moved("sequences", (5, 3), 3), moved("rows", (4,), 6)]
