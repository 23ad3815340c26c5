"""golden/audit.json: which labels cleanlab suspects, and the principal components that scikit-learn finds."""

import numpy as np
from cleanlab.count import compute_confident_joint, get_confident_thresholds
from cleanlab.filter import find_label_issues
from sklearn.decomposition import PCA


def suspects_case(seed, examples, classes, wrong):
    """Probabilities in 1024ths, exact in float32, of a judge who is mostly right; some labels are moved."""
    rng = np.random.default_rng(seed)
    true = rng.integers(classes, size=examples)
    logits = rng.normal(size=(examples, classes)) + 2.5 * np.eye(classes)[true]
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    counts = np.floor(probabilities * 1024)
    counts[np.arange(examples), counts.argmax(1)] += 1024 - counts.sum(1)
    labels = np.where(rng.uniform(size=examples) < wrong, rng.integers(classes, size=examples), true)
    probabilities = counts / 1024
    joint = compute_confident_joint(labels, probabilities, calibrate=False)
    issues = find_label_issues(
        labels, probabilities, filter_by="confident_learning", return_indices_ranked_by="normalized_margin", n_jobs=1
    )
    return {
        "labels": labels, "of1024": counts.astype(int), "thresholds": get_confident_thresholds(labels, probabilities),
        "confidentJoint": joint, "suspects": issues,
    }  # fmt: skip


def axes_case(seed, rows, width, count):
    rng = np.random.default_rng(seed)
    values = np.round(rng.normal(size=(rows, width)) * np.linspace(3, 0.2, width) @ np.linalg.qr(rng.normal(size=(width, width)))[0], 3)
    pca = PCA(n_components=count, svd_solver="full").fit(values)
    # Heddle's signs: the largest number of each axis is positive.
    signs = np.sign(pca.components_[np.arange(count), np.abs(pca.components_).argmax(1)])
    return {
        "values": values, "width": width, "axes": (pca.components_ * signs[:, None]).T, "variances": pca.explained_variance_,
        "places": pca.transform(values) * signs,
    }  # fmt: skip


def make_audit():
    return {
        "suspects": [suspects_case(1, 300, 4, 0.1), suspects_case(2, 200, 3, 0.3), suspects_case(3, 80, 2, 0)],
        "axes": [axes_case(4, 40, 6, 3), axes_case(5, 30, 20, 2), axes_case(6, 12, 5, 5)],
    }
