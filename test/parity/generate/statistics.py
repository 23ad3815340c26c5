"""
golden/statistics.json: metrics, curves, calibration and tests by scikit-learn, SciPy and statsmodels, with all digits.

Probabilities are multiples of 1/1024, so that float32 holds them exactly; `distinct` has no two equal ones in a row, since
scikit-learn's top-k breaks ties where ours counts them.
"""

import numpy as np
from scipy.optimize import brentq
from scipy.special import log_softmax
from scipy.stats import bootstrap, t
from sklearn import metrics
from sklearn.calibration import calibration_curve
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint


def plain(value):
    """Python's own numbers and lists, every digit kept."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


def some_predictions(rng, count, classes, skill, distinct=False):
    labels = rng.integers(0, classes, count)
    labels[:classes] = np.arange(classes)
    rows = []
    for label in labels:
        while True:
            weights = rng.dirichlet(np.full(classes, 0.4)) + skill * rng.random() * np.eye(classes)[label]
            row = 1 + rng.multinomial(1024 - classes, weights / weights.sum())
            if not distinct or len(set(row.tolist())) == classes:
                break
        rows.append(row)
    return labels, np.array(rows) / 1024


def temperature(labels, probabilities):
    logs = np.log(probabilities)

    def slope(beta):
        shares = np.exp(log_softmax(beta * logs, axis=1))
        return np.mean((shares * logs).sum(axis=1) - logs[np.arange(len(labels)), labels])

    return 1 / brentq(slope, 1 / 64, 64, xtol=1e-15, rtol=1e-14)


def evaluation_case(name, labels, probabilities, top_k=()):
    classes = probabilities.shape[1]
    everything = np.arange(classes)
    predicted = probabilities.argmax(axis=1)
    confidence = probabilities.max(axis=1)
    correct = (predicted == labels).astype(int)
    accuracies, confidences = calibration_curve(correct, confidence, n_bins=15, strategy="uniform")
    counts = np.bincount(np.searchsorted(np.linspace(0, 1, 16)[1:-1], confidence), minlength=15)
    shares = counts[counts > 0] / len(labels)
    curves = []
    for k in range(classes):
        fpr, tpr, _ = metrics.roc_curve(labels == k, probabilities[:, k], drop_intermediate=False)
        precision, recall, _ = metrics.precision_recall_curve(labels == k, probabilities[:, k])
        areas = {
            "rocArea": metrics.roc_auc_score(labels == k, probabilities[:, k]),
            "averagePrecision": metrics.average_precision_score(labels == k, probabilities[:, k]),
        }
        points = {
            "falsePositiveRate": fpr,
            "truePositiveRate": tpr,
            "precision": precision[::-1],
            "recall": recall[::-1],
        }
        # Points of small cases only: they are most of the file.
        curves.append({**areas, "points": points if len(labels) < 100 else None})
    return {
        "name": name,
        "labels": labels,
        "classes": classes,
        "of1024": (1024 * probabilities).astype(int).ravel(),
        "accuracy": metrics.accuracy_score(labels, predicted),
        "interval": proportion_confint(correct.sum(), len(labels), method="wilson"),
        "topK": {str(k): metrics.top_k_accuracy_score(labels, probabilities, k=k, labels=everything) for k in top_k},
        "kappa": metrics.cohen_kappa_score(labels, predicted),
        "matthews": metrics.matthews_corrcoef(labels, predicted),
        "brierScore": metrics.brier_score_loss(labels, probabilities, labels=everything),
        "logLoss": metrics.log_loss(labels, probabilities, labels=everything),
        "binCounts": counts,
        "binAccuracies": accuracies,
        "binConfidences": confidences,
        "expectedError": float((shares * np.abs(accuracies - confidences)).sum()),
        "maximumError": np.abs(accuracies - confidences).max(),
        "temperature": temperature(labels, probabilities),
        "curves": curves,
    }


def bootstrap_case(name, count, first_share, second_share, seed):
    rng = np.random.default_rng(seed)
    first = (rng.random(count) < first_share).astype(int)
    second = np.where(rng.random(count) < 0.9, first, rng.random(count) < second_share).astype(int)
    found = bootstrap(
        (first, second),
        lambda a, b, axis: b.mean(axis=axis) - a.mean(axis=axis),
        paired=True,
        vectorized=True,
        method="percentile",
        n_resamples=20_000,
        batch=500,
        rng=np.random.default_rng(seed + 1),
    )
    return {
        "name": name,
        "first": "".join(map(str, first)),
        "second": "".join(map(str, second)),
        "difference": second.mean() - first.mean(),
        "interval": [found.confidence_interval.low, found.confidence_interval.high],
        "standardError": found.standard_error,
    }


def make_statistics():
    rng = np.random.default_rng(6)
    pairs = [(1, 7), (0, 0), (5, 5), (0, 12), (40, 71), (213, 252), (1500, 1640), (3, 2000)]
    p_values = [[0.01, 0.04, 0.03], [0.5], [0.001, 0.9, 0.9, 0.0001, 0.02], [0.04, 0.04, 0.04]]
    return plain(
        {
            "evaluations": [
                evaluation_case("ten classes", *some_predictions(rng, 300, 10, 1.5)),
                evaluation_case("three classes, distinct", *some_predictions(rng, 200, 3, 1.0, True), top_k=[1, 2]),
                evaluation_case("ten classes, distinct", *some_predictions(rng, 120, 10, 2.0, True), top_k=[1, 3, 5]),
                evaluation_case("little skill", *some_predictions(rng, 90, 4, 0.2)),
            ],
            "wilson": [
                {"hits": hits, "count": count, "interval": proportion_confint(hits, count, method="wilson")}
                for hits, count in [(9000, 10000), (0, 20), (20, 20), (1, 3), (9069, 10000), (56, 1000)]
            ],
            "mcNemar": [
                {"onlyFirst": b, "onlySecond": c, "pValue": mcnemar([[5, b], [c, 5]], exact=True).pvalue}
                for b, c in pairs
            ],
            "holm": [{"pValues": p, "corrected": multipletests(p, method="holm")[1]} for p in p_values],
            "student": [{"degrees": n, "quantile": t.ppf(0.975, n)} for n in [1, 2, 3, 4, 5, 8, 18, 39, 200]],
            "bootstraps": [
                bootstrap_case("a clear gap", 2000, 0.8, 0.95, 1),
                bootstrap_case("hardly any", 1500, 0.9, 0.9, 2),
            ],
        }
    )
