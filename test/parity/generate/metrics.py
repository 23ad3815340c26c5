"""
golden/metrics.json: metrics of several batches by Keras, and by scikit-learn where it has them.

Probabilities are multiples of 1/1024, so that float32 holds them exactly, and none lies on a threshold of Keras' AUC but 0 and 1.
"""

import keras
import numpy as np
from sklearn import metrics

from generate.statistics import plain, some_predictions


def metric_case(name, labels, probabilities):
    classes = probabilities.shape[1]
    rows = np.eye(classes)[labels]
    predicted = probabilities.argmax(axis=1)
    area = keras.metrics.AUC(multi_label=True, num_labels=classes)
    score = keras.metrics.F1Score(average="macro")
    for start in range(0, len(labels), 64):
        area.update_state(rows[start : start + 64], probabilities[start : start + 64])
        score.update_state(rows[start : start + 64], probabilities[start : start + 64])
    average = {"average": "macro", "zero_division": 0}
    return {
        "name": name,
        "labels": labels,
        "classes": classes,
        "of1024": (1024 * probabilities).astype(int).ravel(),
        "auc": float(area.result()),
        "exactAuc": np.mean([metrics.roc_auc_score(labels == k, probabilities[:, k]) for k in range(classes)]),
        "f1Score": float(score.result()),
        "precision": metrics.precision_score(labels, predicted, **average),
        "recall": metrics.recall_score(labels, predicted, **average),
    }


def make_metrics():
    rng = np.random.default_rng(11)
    return plain(
        [
            metric_case("ten classes", *some_predictions(rng, 300, 10, 1.5)),
            metric_case("two classes", *some_predictions(rng, 120, 2, 0.5)),
            metric_case("little skill", *some_predictions(rng, 150, 4, 0.2)),
        ]
    )
