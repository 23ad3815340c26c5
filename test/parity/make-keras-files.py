"""Models in files of Keras, written by its own savers, with what they answer: python make-keras-files.py NAME.

Run it once with Keras 3.15.1 (NAME keras3) and once with TensorFlow 2.15.1 (NAME keras2), both on Python 3.11.
Writes golden/keras/NAME-*.keras, NAME-*.h5 and NAME.json.
"""

import json
import os
import sys

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
name = sys.argv[1]
if name == "keras2":
    from tensorflow import keras
else:
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras
L = keras.layers
folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden", "keras")
random = np.random.default_rng(7)


def sequential():
    inner = keras.Sequential(
        [keras.Input((8, 8, 3)), L.Conv2D(4, 3, activation="relu", name="first"), L.BatchNormalization(), L.Conv2D(4, 1), L.BatchNormalization()],
        name="stem",
    )
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            L.RandomFlip("horizontal"),
            L.Rescaling(1 / 255),
            inner,
            L.DepthwiseConv2D(3, depth_multiplier=2, padding="same"),
            L.LeakyReLU(),
            L.MaxPooling2D(),
            L.LayerNormalization(),
            L.Flatten(),
            L.Dropout(0.5),
            L.Dense(5, activation="swish", kernel_regularizer="l2"),
            L.Dense(3, activation="softmax"),
        ]
    )


def functional():
    image = keras.Input((8, 8, 3))
    scaled = L.Normalization(mean=[1.0, 2.0, 3.0], variance=[4.0, 5.0, 6.0])(image)
    a = L.Conv2D(4, 3, strides=2, padding="same", use_bias=False, name="left")(scaled)
    a = L.BatchNormalization(scale=False)(a)
    b = L.SeparableConv2D(4, 3, strides=2, padding="same", activation="tanh")(scaled)
    c = L.Add()([a, b])
    d = L.PReLU(shared_axes=[1, 2], alpha_initializer="glorot_uniform")(L.Multiply()([c, b]))
    e = L.Concatenate()([L.Subtract()([d, a]), L.ELU(0.7)(b), L.Average()([a, b, c]), L.Maximum()([a, d])])
    f = L.ZeroPadding2D(((1, 0), (0, 2)))(e)
    g = L.AveragePooling2D(3, strides=1, padding="same")(f)
    h = L.ReLU(max_value=1.0, negative_slope=0.1)(g)
    i = L.UpSampling2D()(h)
    j = L.Cropping2D(1)(i)
    k = L.Conv2D(6, 3, groups=2, dilation_rate=2, padding="same", activation="elu")(L.Conv2D(4, 1)(j))
    pooled = L.GlobalAveragePooling2D()(k)
    steps = L.Reshape((-1, 8))(k)
    line = L.GlobalMaxPooling1D()(L.Conv1D(4, 3, activation="softplus")(L.MaxPooling1D(2)(steps)))
    row = L.Concatenate()([pooled, line])
    return keras.Model(image, L.Dense(3, activation="softmax")(row))


answers = {"inputs": None, "models": {}}
images = random.integers(0, 256, (4, 8, 8, 3), dtype=np.uint8)
answers["inputs"] = images.flatten().tolist()
for kind, make in {"sequential": sequential, "functional": functional}.items():
    model = make()
    model.set_weights([np.abs(w) * 0.5 + 0.1 if "variance" in v.name else random.normal(0, 0.4, w.shape) for v, w in zip(model.weights, model.get_weights())])
    for ending in ["keras", "h5"]:
        model.save(os.path.join(folder, f"{name}-{kind}.{ending}"))
    answers["models"][kind] = model.predict(images.astype(np.float32), verbose=0).flatten().tolist()
with open(os.path.join(folder, f"{name}.json"), "w") as file:
    json.dump(answers, file)
