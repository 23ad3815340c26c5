"""
golden/reports.json: scikit-learn's classification_report as text, its normalised confusion matrices, and NumPy's print of arrays.

`matrix[labelled][predicted]` holds counts; the labels and predictions that scikit-learn is given have exactly these counts.
"""

import warnings

import numpy as np
from sklearn.metrics import classification_report, confusion_matrix

FASHION = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
THREE = ["Top", "Bottom", "Accessories"]
LONG = ["a class whose name is much longer than any heading", "b", "кириллица"]


def random_matrix(generator, supports, recall):
    classes = len(supports)
    rows = []
    for label, support in enumerate(supports):
        share = np.full(classes, (1 - recall) / max(1, classes - 1))
        share[label] = recall
        rows.append(generator.multinomial(support, share / share.sum()))
    return np.array(rows)


def report_case(name, matrix, class_names, digits=2, zero_division=0):
    matrix = np.asarray(matrix)
    classes = len(class_names)
    labels = np.repeat(np.repeat(np.arange(classes), classes), matrix.ravel())
    predictions = np.repeat(np.tile(np.arange(classes), classes), matrix.ravel())
    everything = np.arange(classes)
    assert (confusion_matrix(labels, predictions, labels=everything) == matrix).all()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        text = classification_report(
            labels,
            predictions,
            labels=everything,
            target_names=class_names,
            digits=digits,
            zero_division=zero_division,
        )
        shares = {
            ours: confusion_matrix(labels, predictions, labels=everything, normalize=theirs)
            for ours, theirs in [("all", "all"), ("row", "true"), ("column", "pred")]
        }
    return {
        "name": name,
        "matrix": matrix.tolist(),
        "classNames": class_names,
        "digits": digits,
        "zeroDivision": "nan" if np.isnan(zero_division) else zero_division,
        "text": text,
        "normalized": {by: share.tolist() for by, share in shares.items()},
    }


def make_reports():
    generator = np.random.default_rng(3)
    ten = random_matrix(generator, [1000] * 10, 0.9)
    three = random_matrix(generator, [5000, 4000, 1000], 0.98)
    # "never" has examples and no prediction, "absent" neither, "only predicted" predictions and no example.
    holes = [[7, 0, 0, 1], [3, 0, 0, 2], [0, 0, 0, 0], [0, 0, 0, 0]]
    hole_names = ["sound", "never", "absent", "only predicted"]
    cases = [
        report_case("ten classes", ten, FASHION),
        report_case("ten classes, 4 digits", ten, FASHION, digits=4),
        report_case("three classes of 003", three, THREE),
        report_case("three classes, 4 digits", three, THREE, digits=4),
        report_case("long names", random_matrix(generator, [9, 8, 7], 0.6), LONG),
        report_case("ties of rounding: 1/8, 3/8, 5/8", [[1, 7, 0], [5, 3, 0], [2, 1, 5]], THREE),
        report_case("15 digits are wider than the heading", random_matrix(generator, [9, 8, 7], 0.6), THREE, digits=15),
        report_case("all right", np.diag([3, 2, 1]), THREE),
        report_case("all wrong", [[0, 4], [3, 0]], ["a", "b"]),
        report_case("0 digits", random_matrix(generator, [9, 8, 7], 0.6), THREE, digits=0),
    ]
    for zero_division in [0, 1, np.nan]:
        cases.append(report_case(f"holes, zero_division {zero_division}", holes, hole_names, zero_division=zero_division))
    return cases


def make_arrays():
    generator = np.random.default_rng(4)
    arrays = {
        "an image": generator.integers(0, 256, (28, 28), dtype=np.uint8),
        "a dark image": np.minimum(generator.integers(0, 256, (28, 28), dtype=np.uint8), 9).astype(np.uint8),
        "narrow": generator.integers(0, 256, (3, 4), dtype=np.uint8),
        "one-hot": np.eye(10, dtype=np.float32)[9],
        "one-hot of 30": np.eye(30, dtype=np.float32)[0],
    }
    return [
        {"name": name, "shape": list(array.shape), "values": array.ravel().tolist(), "text": repr(array)}
        for name, array in arrays.items()
    ]
