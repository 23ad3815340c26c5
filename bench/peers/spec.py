"""What all peers need of a model as Heddle writes it (src/model/graph.ts): nodes with a layer each."""

import re


def is_chain(spec):
    """Whether each node reads the one before it."""
    names = ["input", *(node["name"] for node in spec["nodes"])]
    return all(node["inputs"] == [before] for node, before in zip(spec["nodes"], names))


def chain(spec):
    """The layers of a model that is a chain, in order."""
    if not is_chain(spec):
        raise NotImplementedError("this peer builds chains only, and this model is a graph")
    return [node["layer"] for node in spec["nodes"]]


def readers(spec):
    """How many nodes read each value."""
    counts = {}
    for node in spec["nodes"]:
        for name in node["inputs"]:
            counts[name] = counts.get(name, 0) + 1
    return counts


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


def as_convolution(layer, channels):
    """A depthwise convolution as one with a group for each channel; another layer as it is."""
    if layer["kind"] != "depthwiseConv2d":
        return layer
    return {**layer, "kind": "conv2d", "filters": channels * layer["depthMultiplier"], "groups": channels}


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
    return job["spec"]["nodes"][-1]["layer"].get("activation") == "softmax" and job["loss"].get("semantics", "shortcut") == "shortcut"
