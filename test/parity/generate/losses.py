"""
golden/losses.json: Keras 3's cross-entropies (categorical, sparse categorical, binary), the ways to reach them, and the
mean squared error.

1. head "softmax" or "sigmoid": Keras (TensorFlow backend) finds the logits behind the head and uses the fused, stable
   form: softmax cross-entropy also behind a sigmoid, binary cross-entropy also behind a softmax.
2. head "none", fromLogits: the same fused form on the output itself.
3. head "none", not fromLogits: the output is taken as probabilities. Here the two losses differ:
   categorical renormalises, then clips; sparse clips, then renormalises (log + softmax cross-entropy).
4. semantics "literal": 2 or 3 on the output of any head. An identity between head and loss hides the logits from Keras.
Every case is computed from the formulas below and compared with Keras itself.
"""

import keras
import numpy as np
import tensorflow as tf

from generate.numbers import relative_gap, short_normal

EPSILON = 1e-7


def one_hot(labels, classes):
    return np.eye(classes)[np.asarray(labels)]


def fused(targets, logits):
    # -sum_c t_c log softmax(z)_c, through the log of a sum of exponentials of non-positive numbers
    shifted = logits - tf.reduce_max(logits, -1, keepdims=True)
    log_probabilities = shifted - tf.math.log(tf.reduce_sum(tf.exp(shifted), -1, keepdims=True))
    return -tf.reduce_sum(targets * log_probabilities, -1)


def categorical_on_probabilities(targets, outputs):
    p = outputs / tf.reduce_sum(outputs, -1, keepdims=True)
    p = tf.clip_by_value(p, EPSILON, 1 - EPSILON)  # its gradient is 0 strictly outside the bounds
    return -tf.reduce_sum(targets * tf.math.log(p), -1)


def sparse_on_probabilities(targets, outputs):
    p = tf.clip_by_value(outputs, EPSILON, 1 - EPSILON)
    return -tf.reduce_sum(targets * tf.math.log(p / tf.reduce_sum(p, -1, keepdims=True)), -1)


def binary_fused(targets, logits):
    # the softplus form of -t log s(x) - (1 - t) log(1 - s(x))
    positive = logits >= 0  # tf.maximum and tf.abs would leave the gradient at 0 to chance
    large, small = tf.where(positive, logits, 0.0), tf.exp(tf.where(positive, -logits, logits))
    return tf.reduce_mean(large - logits * targets + tf.math.log1p(small), -1)


def binary_on_probabilities(targets, outputs):
    p = tf.clip_by_value(outputs, EPSILON, 1 - EPSILON)
    return -tf.reduce_mean(targets * tf.math.log(p) + (1 - targets) * tf.math.log(1 - p), -1)


def squared_error(targets, outputs):
    return tf.reduce_mean((outputs - targets) ** 2, -1)


# loss: (on logits, on probabilities, Keras' function)
LOSSES = {
    "categoricalCrossentropy": (fused, categorical_on_probabilities, keras.losses.categorical_crossentropy),
    "sparseCategoricalCrossentropy": (fused, sparse_on_probabilities, keras.losses.sparse_categorical_crossentropy),
    "binaryCrossentropy": (binary_fused, binary_on_probabilities, keras.losses.binary_crossentropy),
    "meanSquaredError": (None, squared_error, keras.losses.mean_squared_error),
}
HEADS = {"softmax": keras.activations.softmax, "sigmoid": keras.activations.sigmoid, "none": tf.identity}


def mean_with_gradient(loss, values):
    values = tf.constant(values)
    with tf.GradientTape() as tape:
        tape.watch(values)
        mean = tf.reduce_mean(loss(values))
    return mean.numpy(), tape.gradient(mean, values).numpy()


def make(name, kind, head, from_logits, logits, targets, literal=False, smoothing=0.0):
    """`targets` are labels where the loss is sparse, or smooths them itself; rows otherwise."""
    logits = np.asarray(logits, dtype=np.float64)
    batch, classes = logits.shape
    labels = np.ndim(targets) == 1
    rows = one_hot(targets, classes) if labels else np.asarray(targets, dtype=np.float64)
    on_logits, on_probabilities, keras_loss = LOSSES[kind]
    shortcut = head != "none" and not literal and on_logits is not None
    formula = on_logits if shortcut or from_logits else on_probabilities
    plain_head = {"softmax": tf.nn.softmax, "sigmoid": tf.nn.sigmoid, "none": tf.identity}["none" if shortcut else head]
    smooth = rows * (1 - smoothing) + smoothing / classes
    value, gradient = mean_with_gradient(lambda z: formula(smooth, plain_head(z)), logits)

    options = {"from_logits": from_logits} if on_logits else {}
    if smoothing:
        options["label_smoothing"] = smoothing
    hide = tf.identity if literal else lambda outputs: outputs
    given = np.asarray(targets) if kind.startswith("sparse") else rows
    by_keras = mean_with_gradient(lambda z: keras_loss(given, hide(HEADS[head](z)), **options), logits)
    assert abs(by_keras[0] - value) < 1e-12 * max(1, abs(value)), (name, value, by_keras[0])
    assert relative_gap(by_keras[1], gradient) < 1e-9, (name, gradient, by_keras[1])

    # argmax of the head's output is that of its logits; the first of equals wins
    accuracy = np.mean(np.argmax(logits, -1) == np.argmax(rows, -1))
    spec = {"kind": kind}
    if from_logits:
        spec["fromLogits"] = True
    if literal:
        spec["semantics"] = "literal"
    if smoothing:
        spec["labelSmoothing"] = smoothing
    described = f"{', fromLogits' if from_logits else ''}{', literal' if literal else ''}"
    return {
        "name": f"{kind}, head {head}{described}: {name}", "loss": spec, "head": head, "classes": classes, "batch": batch,
        "logits": logits, "targets": targets if labels else rows,
        "loss_value": value, "gradient": gradient, "accuracy": accuracy,
    }  # fmt: skip


def soft_rows(rng, batch, classes):
    """Random targets of three decimals whose rows sum to one: TensorFlow's fused gradient, softmax - target, supposes it."""
    rows = np.round(rng.dirichlet(np.ones(classes), batch), 3)
    rows[:, -1] = np.round(1 - rows[:, :-1].sum(-1), 3)
    return rows


def logit_rows(rng):
    """(name, logits, labels): what goes into a softmax, from ordinary to far beyond what a naive exp survives."""
    yield "ordinary", short_normal(rng, (6, 10), 2.0), [3, 0, 9, 5, 5, 1]
    yield "one sample, two classes", short_normal(rng, (1, 2)), [1]
    yield "17 classes", short_normal(rng, (4, 17), 3.0), [16, 0, 8, 15]
    yield "logits of 60", [[60, -60, 0.5], [-60, 60, 59], [60, 60.5, -60], [-60, -60.25, -61]], [0, 2, 1, 2]
    yield "logits of 200", [[200, -200, 0], [-200, 200, 199.5], [200, -200, 1], [-200, -200.5, -201]], [0, 2, 1, 2]
    yield "equal logits: the first class wins", [[0, 0, 0, 0], [7, 7, 7, 7], [1, 2, 2, 1]], [0, 3, 1]


def probability_rows(rng):
    """(name, outputs, labels): positive rows that need not sum to one."""
    positive = np.round(rng.uniform(0.05, 0.95, (5, 4)), 3)
    yield "rows that sum to one", [[0.7, 0.2, 0.1], [0.25, 0.25, 0.5], [0.1, 0.6, 0.3]], [0, 1, 2]
    yield "rows that do not sum to one", positive, [3, 0, 1, 2, 2]
    yield "rows above one (a relu head)", np.round(positive * 9 + 1.2, 3), [0, 1, 2, 3, 0]


def make_losses():
    rng = np.random.default_rng(20)
    cases = []
    categorical, sparse = "categoricalCrossentropy", "sparseCategoricalCrossentropy"

    for head, from_logits in (("softmax", False), ("none", True)):
        for name, logits, labels in logit_rows(rng):
            cases.append(make(name, sparse, head, from_logits, logits, labels))
            cases.append(make(name, categorical, head, from_logits, logits, one_hot(labels, len(logits[0]))))
        soft = soft_rows(rng, 4, 5)
        cases.append(make("soft targets", categorical, head, from_logits, short_normal(rng, (4, 5), 2.0), soft))
        smooth = one_hot([0, 2, 1], 3) * 0.9 + 0.1 / 3
        cases.append(make("smoothed targets", categorical, head, from_logits, [[60, -60, 0], [1, 2, 3], [-0.5, 0.25, 0]], smooth))

    for name, outputs, labels in probability_rows(rng):
        cases.append(make(name, sparse, "none", False, outputs, labels))
        cases.append(make(name, categorical, "none", False, outputs, one_hot(labels, len(outputs[0]))))
    soft = soft_rows(rng, 3, 4)
    cases.append(make("soft targets", categorical, "none", False, np.round(rng.uniform(0.1, 0.9, (3, 4)), 3), soft))

    below = [[0.6, 2e-8, 0.4], [0.5, 0.5, 1e-8]]
    cases.append(make("target below the clip: no gradient", categorical, "none", False, below, one_hot([1, 2], 3)))
    cases.append(make("target below the clip: gradient through the others only", sparse, "none", False, below, [1, 2]))
    edge = [[0.6, 1e-7, 0.4], [3e-7, 0.5, 0.5]]
    cases.append(make("others at the clip, target just above it", categorical, "none", False, edge, one_hot([0, 0], 3)))
    cases.append(make("target exactly at the clip: gradient passes", sparse, "none", False, edge, [1, 0]))
    above = [[1.0, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 1.0]]
    cases.append(make("certain, right and wrong", categorical, "none", False, above, one_hot([0, 1, 0], 3)))
    cases.append(make("certain, right and wrong", sparse, "none", False, above, [0, 1, 0]))
    for target in range(3):
        vector = [[0.9, -0.2, 0.1]]
        cases.append(make(f"a negative output (tanh head), target {target}", categorical, "none", False, vector, one_hot([target], 3)))
        cases.append(make(f"a negative output (tanh head), target {target}", sparse, "none", False, vector, [target]))
    negative_sum = [[-0.9, 0.2, 0.1], [-0.3, -0.5, 0.2]]
    cases.append(make("rows of negative sum: the ranking turns over", categorical, "none", False, negative_sum, one_hot([0, 1], 3)))
    return cases + make_heads(np.random.default_rng(21)) + make_others(np.random.default_rng(22)) + make_single()


def make_heads(rng):
    """What the reports did: sigmoid heads with the shortcut, and every head without it."""
    cases = []
    kinds = ("sparseCategoricalCrossentropy", "categoricalCrossentropy", "binaryCrossentropy")

    def both(name, head, from_logits, logits, labels, literal=False):
        for kind in kinds:
            targets = labels if kind.startswith("sparse") else one_hot(labels, len(logits[0]))
            cases.append(make(name, kind, head, from_logits, logits, targets, literal))

    ordinary, labels = short_normal(rng, (5, 4), 2.0), [3, 0, 1, 2, 2]
    both("ordinary", "sigmoid", False, ordinary, labels)
    both("logits of 30", "sigmoid", False, [[30, -30, 0.5], [-30, 29, 28], [-29, -30, -31]], [1, 2, 0])
    for head in ("softmax", "sigmoid"):
        both("ordinary", head, False, ordinary, labels, literal=True)
        both("a second activation on top", head, True, ordinary, labels, literal=True)
    both("the floor of the double softmax", "softmax", True, [[60, 0, 0], [0, 60, 0]], [0, 1], literal=True)
    both("confident errors", "softmax", True, [[60, 0, 0], [0, 60, 0]], [1, 2], literal=True)
    return cases


def make_others(rng):
    """Binary cross-entropy without a shortcut, the mean squared error, and smoothed labels."""
    cases = []
    binary, squared = "binaryCrossentropy", "meanSquaredError"
    for name, logits, labels in logit_rows(rng):
        cases.append(make(name, binary, "none", True, logits, one_hot(labels, len(logits[0]))))
    for name, outputs, labels in probability_rows(rng):
        cases.append(make(name, binary, "none", False, outputs, one_hot(labels, len(outputs[0]))))
    beyond = [[0.6, 2e-8, -0.4], [0.5, 1.5, 1e-8], [1.0, 0.0, 0.25]]
    cases.append(make("outputs at the clip and beyond: no gradient", binary, "none", False, beyond, one_hot([1, 2, 0], 3)))
    cases.append(make("soft targets", binary, "none", False, np.round(rng.uniform(0.1, 0.9, (3, 4)), 3), soft_rows(rng, 3, 4)))
    cases.append(make("soft targets", binary, "softmax", False, short_normal(rng, (3, 4), 2.0), soft_rows(rng, 3, 4)))

    outputs, labels = short_normal(rng, (5, 4), 2.0), [3, 0, 1, 2, 2]
    for head in ("none", "softmax", "sigmoid"):
        cases.append(make("ordinary", squared, head, False, outputs, one_hot(labels, 4)))
    cases.append(make("soft targets", squared, "none", False, outputs[:3], soft_rows(rng, 3, 4)))

    # Shares that float32 holds exactly: the tests compare to the ninth digit.
    smoothed = "categoricalCrossentropy"
    positive = np.round(rng.uniform(0.05, 0.95, (5, 4)), 3)
    for smoothing in (0.25, 0.5):
        name = f"labels smoothed by {smoothing}"
        for head in ("softmax", "sigmoid"):
            cases.append(make(name, smoothed, head, False, outputs, labels, smoothing=smoothing))
        cases.append(make(name, smoothed, "none", True, outputs, labels, smoothing=smoothing))
        cases.append(make(name, smoothed, "none", False, positive, labels, smoothing=smoothing))
        cases.append(make(name, smoothed, "softmax", True, outputs, labels, literal=True, smoothing=smoothing))
    return cases


def make_single():
    """A single output for two classes: what is above the middle is class 1."""
    cases = []

    def one(name, head, from_logits, values, labels, middle, literal=False):
        rows = [[label] for label in labels]
        case = make(f"one output, {name}", "binaryCrossentropy", head, from_logits, [[value] for value in values], rows, literal)
        accuracy = np.mean([(value > middle) == label for value, label in zip(values, labels)])
        cases.append({**case, "targets": labels, "accuracy": accuracy})

    one("ordinary", "sigmoid", False, [0.5, -1.25, 3, -0.75, 2], [1, 0, 0, 1, 1], 0)
    one("logits of 60", "sigmoid", False, [60, -60, 60, -60], [1, 0, 0, 1], 0)
    one("ordinary", "none", True, [0.5, -1.25, 3, -0.75, 2], [1, 0, 0, 1, 1], 0)
    one("probabilities", "none", False, [0.75, 0.25, 0.9, 0.6], [1, 0, 0, 1], 0.5)
    one("ordinary", "sigmoid", False, [0.5, -1.25, 3, -0.75, 2], [1, 0, 0, 1, 1], 0, literal=True)
    return cases
