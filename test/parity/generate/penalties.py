"""
golden/penalties.json: ten steps with regularizers and class weights by Keras' own `train_on_batch`, the loss and top-k accuracy
of `test_on_batch` before them, and top-k accuracy where outputs tie.

Each trace is also computed from the explicit formula, with the gradients of PyTorch:
loss = 1/batch sum(weight of the label * cross-entropy) + sum(l1 |w| + l2 w^2); the test has no weights, but the penalties.
Factors and weights are exact in float32, through which Keras passes some of them.
"""

import sys

import keras
import numpy as np
import torch

from generate.numbers import relative_gap
from generate.oracles import from_keras, keras_model, keras_parameters, to_keras, torch_forward
from generate.training import FORMULAS, INPUT_SHAPE, NODES, STEPS, adam_spec, draw, exact_casts, keras_optimizer, sgd_spec

CLASSES = 4
TOP_K = 2


def regularized(**options):
    """The network of training.json, its layers with these options."""
    return {name: [{**spec, **options.get(name, {})}, *sources] for name, (spec, *sources) in NODES.items()}


def l1(factor):
    return {"kind": "l1", "l1": factor}


def l2(factor):
    return {"kind": "l2", "l2": factor}


SPARSE = {"kind": "sparseCategoricalCrossentropy"}
SMOOTHED = {"kind": "categoricalCrossentropy", "labelSmoothing": 0.125}
WEIGHTS = {"0": 0.25, "1": 4, "3": 0}

TRACES = [
    ("l2", regularized(conv1={"kernelRegularizer": l2(1 / 32)}, hidden={"kernelRegularizer": l2(1 / 64)}), sgd_spec(momentum=0.9), SPARSE, {}),
    ("l1 of kernels and biases", regularized(
        conv2={"kernelRegularizer": l1(1 / 64), "biasRegularizer": l1(1 / 8)}, out={"kernelRegularizer": l1(1 / 32)},
    ), sgd_spec(), SPARSE, {}),
    ("l1l2 and class weights", regularized(
        conv2={"kernelRegularizer": {"kind": "l1l2", "l1": 1 / 128, "l2": 1 / 32}}, hidden={"biasRegularizer": l2(1 / 4)},
    ), adam_spec(epsilon=1e-7), SPARSE, WEIGHTS),
    ("l2, decay, smoothed rows and class weights", regularized(out={"kernelRegularizer": l2(1 / 16)}), {
        "kind": "adamw", "learningRate": 0.01, "weightDecay": 0.3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7,
    }, SMOOTHED, WEIGHTS),
]  # fmt: skip


def one_hot(labels):
    return np.eye(CLASSES)[labels]


# --- Keras -----------------------------------------------------------------------------------------------------------------


def in_top_k(labels, outputs, k):
    # TensorFlow has it in float32 alone
    return keras.metrics.sparse_top_k_categorical_accuracy(labels, keras.ops.cast(outputs, "float32"), k=k)


def top_k_of_labels(labels, outputs):
    return in_top_k(labels, outputs, TOP_K)


def top_k_of_rows(rows, outputs):
    return in_top_k(keras.ops.argmax(rows, axis=-1), outputs, TOP_K)


def trace_keras(nodes, optimizer, loss, weights, parameters, batches):
    model = keras_model(nodes, INPUT_SHAPE)
    variables = keras_parameters(model)
    for key, variable in variables.items():
        variable.assign(to_keras(parameters[key]))
    sparse = loss is SPARSE
    model.compile(
        optimizer=keras_optimizer(optimizer),
        loss=keras.losses.SparseCategoricalCrossentropy() if sparse
        else keras.losses.CategoricalCrossentropy(label_smoothing=loss["labelSmoothing"]),
        metrics=["accuracy", keras.metrics.MeanMetricWrapper(top_k_of_labels if sparse else top_k_of_rows, name="top_k")],
        run_eagerly=True,
    )  # fmt: skip

    def run(method, batch, **options):
        model.reset_metrics()
        labels = np.array(batch["labels"])
        return method(np.array(batch["images"]), labels if sparse else one_hot(labels), return_dict=True, **options)

    tests = [run(model.test_on_batch, batch) for batch in batches]
    losses = []
    for step in range(STEPS):
        with exact_casts():
            class_weight = {int(label): weight for label, weight in weights.items()}
            result = run(model.train_on_batch, batches[step % len(batches)], **({"class_weight": class_weight} if weights else {}))
        losses.append(result["loss"])
    test = {
        "losses": np.array([test["loss"] for test in tests]),
        "accuracies": np.array([test["accuracy"] for test in tests]),
        "topKAccuracies": np.array([test["top_k"] for test in tests]),
    }
    return test, np.array(losses), {key: from_keras(variable.numpy()) for key, variable in variables.items()}


# --- explicit formula ------------------------------------------------------------------------------------------------------


def penalty(nodes, parameters):
    total = 0
    for name, (spec, *_) in nodes.items():
        for parameter in ("kernel", "bias"):
            factors = spec.get(f"{parameter}Regularizer", {})
            if factors:
                w = parameters[f"{name}/{parameter}"]
                total = total + factors.get("l1", 0) * w.abs().sum() + factors.get("l2", 0) * (w * w).sum()
    return total


def loss_of(nodes, loss, weights, parameters, batch):
    output = torch_forward(nodes, parameters, torch.tensor(batch["images"]))
    smoothing = loss.get("labelSmoothing", 0)
    rows = torch.tensor(one_hot(batch["labels"]) * (1 - smoothing) + smoothing / CLASSES)
    each = torch.tensor([float(weights.get(str(label), 1)) for label in batch["labels"]])
    return -(each * (rows * torch.log(output)).sum(1)).mean() + penalty(nodes, parameters)


def trace_formula(nodes, optimizer, loss, weights, parameters, batches):
    update = FORMULAS[optimizer["kind"]]
    parameters = {key: torch.tensor(value) for key, value in parameters.items()}
    tests = [loss_of(nodes, loss, {}, parameters, batch).item() for batch in batches]
    states, losses = {key: {} for key in parameters}, []
    for step in range(STEPS):
        leaves = {key: value.detach().requires_grad_() for key, value in parameters.items()}
        value = loss_of(nodes, loss, weights, leaves, batches[step % len(batches)])
        gradients = dict(zip(leaves, torch.autograd.grad(value, list(leaves.values()))))
        parameters = {key: update(optimizer, states[key], step + 1, value, gradients[key]) for key, value in parameters.items()}
        losses.append(value.item())
    return np.array(tests), np.array(losses), {key: value.numpy() for key, value in parameters.items()}


# --- top-k -----------------------------------------------------------------------------------------------------------------


def top_k_cases():
    """Small whole numbers, so that many outputs tie with that of the label."""
    rng = np.random.default_rng(11)
    outputs = rng.integers(0, 4, (40, 6)).astype("float64")
    labels = rng.integers(0, 6, 40)
    counts = [int(np.sum(in_top_k(labels, outputs, k).numpy())) for k in range(1, 7)]
    larger = np.sum(outputs > outputs[np.arange(40), labels][:, None], axis=1)
    assert counts == [int(np.sum(larger < k)) for k in range(1, 7)]
    return {"classes": 6, "outputs": outputs, "labels": [int(label) for label in labels], "counts": counts}


def make_penalties(source):
    parameters, batches = draw()
    # The slope of |w| at 0 is 0.
    parameters["conv2/kernel"].ravel()[:5] = 0
    parameters["out/kernel"].ravel()[:3] = 0
    traces = []
    for name, nodes, optimizer, loss, weights in TRACES:
        case = (nodes, optimizer, loss, weights, parameters, batches)
        test, losses, final = trace_keras(*case)
        other_tests, other_losses, other_final = trace_formula(*case)
        gap = max(relative_gap(losses, other_losses), relative_gap(test["losses"], other_tests))
        parameter_gap = max(relative_gap(final[key], other_final[key]) for key in final)
        print(f"{name}: formula differs by {gap:.2g} (loss), {parameter_gap:.2g} (parameters); losses {np.round(losses, 4)}", file=sys.stderr)
        assert max(gap, parameter_gap) < 1e-11, name
        traces.append({
            "name": name, "nodes": nodes, "optimizer": optimizer, "loss": loss, "classWeight": weights, "test": test,
            "losses": losses, "finalParameters": final,
        })  # fmt: skip
    return {
        "source": source, "inputShape": INPUT_SHAPE, "steps": STEPS, "topK": TOP_K, "ties": top_k_cases(),
        "batchOrder": [step % len(batches) for step in range(STEPS)], "parameters": parameters, "batches": batches, "traces": traces,
    }  # fmt: skip
