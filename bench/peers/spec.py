"""What all peers need of a model as Heddle writes it (src/model/graph.ts): nodes with a layer each."""

import re


def chain(spec):
    """The layers of a model that is a chain, in order."""
    previous = "input"
    for node in spec["nodes"]:
        if node["inputs"] != [previous]:
            raise NotImplementedError("the peers build chains only, and this model is a graph")
        previous = node["name"]
    return [node["layer"] for node in spec["nodes"]]


def snake(name):
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def activation_of(layer):
    activation = layer.get("activation", "linear")
    if not isinstance(activation, str):
        raise NotImplementedError(f"no activation {activation} here")
    return activation


def penalties(layer):
    """The factors of the kernel's L1 and L2 penalty; the reports penalise nothing else."""
    regularizer = layer.get("kernelRegularizer") or {}
    return regularizer.get("l1", 0), regularizer.get("l2", 0)


def listed(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def same_padding(size, kernel, stride, dilation):
    """How many zeros TensorFlow's `same` puts before and after an axis."""
    total = max((-(-size // stride) - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def window_of(layer, sizes):
    """(kernel, strides, dilations, zeros before and after, output sizes), each by axis."""
    kernel = listed(layer["kernelSize"] if "kernelSize" in layer else layer["poolSize"])
    strides, dilations = listed(layer["strides"] or kernel), listed(layer.get("dilationRate", [1] * len(kernel)))
    if layer["padding"] not in ("valid", "same"):
        raise NotImplementedError(f"no padding {layer['padding']} here")
    axes = list(zip(sizes, kernel, strides, dilations))
    padding = [same_padding(*axis) if layer["padding"] == "same" else (0, 0) for axis in axes]
    out = [(n + sum(pad) - (k - 1) * d - 1) // s + 1 for (n, k, s, d), pad in zip(axes, padding)]
    return kernel, strides, dilations, padding, out


def takes_logits(job):
    """Whether the loss works on what stands before the model's last softmax, as Keras does unless told otherwise."""
    return chain(job["spec"])[-1].get("activation") == "softmax" and job["loss"].get("semantics", "shortcut") == "shortcut"
