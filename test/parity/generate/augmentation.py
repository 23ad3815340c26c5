"""
golden/augmentation.json: Keras 3's image preprocessing layers with their random numbers fixed.

A range [a, a] leaves nothing to chance, which fixes rotation, translation, zoom and brightness. Flip and contrast have no such
range: they are given the transformation that their random part would have made. Values of images are 0 to 1.
The layers run in float32, the only precision in which all of them do, so the outputs are exact to about six digits.
"""

import keras
import numpy as np
import tensorflow as tf

SHAPES = [(7, 9, 1), (6, 6, 3), (1, 5, 2), (1, 1, 1)]
FILLS = [
    {"fillMode": fill_mode, "fillValue": 0.25 if fill_mode == "constant" else 0, "interpolation": interpolation}
    for fill_mode in ("constant", "nearest", "reflect")
    for interpolation in ("bilinear", "nearest")
]


def image_of(rng, shape):
    return np.round(rng.uniform(0, 1, shape), 3)


def case(name, image, output, **what):
    height, width, channels = image.shape
    return {"name": f"{name}, {height}x{width}x{channels}", "shape": image.shape, **what, "image": image, "output": np.asarray(output)}


def batch_of(image):
    return tf.constant(image[None], dtype="float32")


def apply(layer, image):
    return layer(batch_of(image), training=True)[0]


def geometric(rng, shape):
    """(kind, options, Keras layer) for every fill; the factors avoid halves of pixels, where nearest would be a toss-up."""
    layers = keras.layers
    for fill in FILLS:
        keras_fill = {"fill_mode": fill["fillMode"], "fill_value": fill["fillValue"], "interpolation": fill["interpolation"]}
        for turn in (0.0713, -0.231):
            yield "randomRotation", {"factor": [turn, turn], **fill}, layers.RandomRotation((turn, turn), **keras_fill)
        for down, right in ((0.213, -0.171), (-0.871, 0.77)):
            options = {"heightFactor": [down, down], "widthFactor": [right, right], **fill}
            yield "randomTranslation", options, layers.RandomTranslation((down, down), (right, right), **keras_fill)
        for y, x in ((-0.317, 0.413), (0.73, None)):
            options = {"heightFactor": [y, y], **({"widthFactor": [x, x]} if x else {}), **fill}
            yield "randomZoom", options, layers.RandomZoom((y, y), x and (x, x), **keras_fill)


def make_augmentation():
    keras.config.set_floatx("float32")
    try:
        return make_cases(np.random.default_rng(30))
    finally:
        keras.config.set_floatx("float64")


def make_cases(rng):
    cases = []
    for shape in SHAPES:
        for kind, options, layer in geometric(rng, shape):
            image = image_of(rng, shape)
            name = f"{kind} {options['fillMode']} {options['interpolation']}"
            cases.append(case(name, image, apply(layer, image), spec={"kind": kind, **options}))
        for mode in ("horizontal", "vertical", "horizontal_and_vertical"):
            image = image_of(rng, shape)
            layer = keras.layers.RandomFlip(mode)
            output = layer.transform_images(batch_of(image), {"flips": tf.constant([[[[True]]]])})[0]
            ours = "horizontalAndVertical" if mode == "horizontal_and_vertical" else mode
            cases.append(case(f"randomFlip {ours}", image, output, spec={"kind": "randomFlip", "mode": ours, "probability": 1}))
        for change in (0.37, -0.42):
            image = image_of(rng, shape)
            output = apply(keras.layers.RandomBrightness((change, change), value_range=(0, 1)), image)
            cases.append(case("randomBrightness", image, output, spec={"kind": "randomBrightness", "factor": [change, change]}))
        for factor in (0.35, 1.8):
            image = image_of(rng, shape)
            layer = keras.layers.RandomContrast(0.5, value_range=(0, 1))
            fixed = {"contrast_factor": tf.constant([[[[factor]]]])}
            output = layer.transform_images(batch_of(image), fixed)[0]
            cases.append(case("contrast", image, output, contrast=factor))
    return cases
