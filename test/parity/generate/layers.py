"""golden/layers.json: every layer and the chains that an engine fuses, forward and backward."""

import sys
import zlib

import numpy as np
import tensorflow as tf
import torch

from generate.numbers import relative_gap, short_normal
from generate.oracles import channels_first, channels_last, run_keras, run_torch, torch_node

# --- the vocabulary of the cases -------------------------------------------------------------------------------------------


def pair(value):
    return [value, value] if isinstance(value, int) else list(value)


def conv(filters, kernel=3, strides=1, padding="valid", dilation=1, groups=1, activation="linear", bias=True):
    return {
        "kind": "conv2d", "filters": filters, "kernelSize": pair(kernel), "strides": pair(strides), "padding": padding,
        "dilationRate": pair(dilation), "groups": groups, "activation": activation, "useBias": bias,
    }  # fmt: skip


def pool(kind, size=2, strides=None, padding="valid"):
    spec = {"kind": f"{kind}Pooling2d", "poolSize": pair(size), "padding": padding}
    return spec if strides is None else {**spec, "strides": pair(strides)}


def dense(units, activation="linear", bias=True):
    return {"kind": "dense", "units": units, "activation": activation, "useBias": bias}


def activate(activation):
    return {"kind": "activation", "activation": activation}


def conv1d(filters, kernel=3, strides=1, padding="valid", dilation=1, groups=1, activation="linear", bias=True):
    return {
        "kind": "conv1d", "filters": filters, "kernelSize": kernel, "strides": strides, "padding": padding,
        "dilationRate": dilation, "groups": groups, "activation": activation, "useBias": bias,
    }  # fmt: skip


def pool1d(kind, size=2, strides=None, padding="valid"):
    spec = {"kind": f"{kind}Pooling1d", "poolSize": size, "padding": padding}
    return spec if strides is None else {**spec, "strides": strides}


def global_pool(kind, rank, keepdims=False):
    return {"kind": f"global{kind}Pooling{rank}d", "keepdims": keepdims}


def reshape(*target):
    return {"kind": "reshape", "targetShape": list(target)}


def depthwise(kernel=3, strides=1, padding="valid", dilation=1, multiplier=1, activation="linear", bias=True):
    return {
        "kind": "depthwiseConv2d", "kernelSize": pair(kernel), "strides": pair(strides), "padding": padding,
        "dilationRate": pair(dilation), "depthMultiplier": multiplier, "activation": activation, "useBias": bias,
    }  # fmt: skip


def separable(filters, *args, **options):
    return {**depthwise(*args, **options), "kind": "separableConv2d", "filters": filters}


def as_steps(spec):
    """A depthwise or separable layer over sequences: the one over images with the width of its window."""
    narrow = {key: spec[key][1] for key in ("kernelSize", "strides", "dilationRate")}
    return {**spec, **narrow, "kind": spec["kind"].replace("2d", "1d")}


def layer_norm(epsilon=1e-3, scale=True, center=True):
    return {"kind": "layerNormalization", "epsilon": epsilon, "scale": scale, "center": center}


def zero_padding(padding, rank=2):
    return {"kind": f"zeroPadding{rank}d", "padding": padding}


def rescaling(scale, offset=0):
    return {"kind": "rescaling", "scale": scale, "offset": offset}


def normalization(mean, variance):
    return {"kind": "normalization", "mean": mean, "variance": variance}


def rectifier(limit=None, slope=0, threshold=0):
    return {"kind": "reLU", "maxValue": limit, "negativeSlope": slope, "threshold": threshold}


def prelu(*shared):
    return {"kind": "pReLU", "sharedAxes": list(shared) or None}


def group_norm(groups, epsilon=1e-3, scale=True, center=True):
    return {"kind": "groupNormalization", "groups": groups, "epsilon": epsilon, "scale": scale, "center": center}


def up_sampling(size, interpolation="nearest"):
    return {"kind": "upSampling2d", "size": pair(size), "interpolation": interpolation}


def resizing(height, width, interpolation="bilinear"):
    return {"kind": "resizing", "height": height, "width": width, "interpolation": interpolation}


FLATTEN, ADD, CONCATENATE = {"kind": "flatten"}, {"kind": "add"}, {"kind": "concatenate"}


def chain(**layers):
    """Nodes that follow one another."""
    nodes, previous = {}, "input"
    for name, spec in layers.items():
        nodes[name] = [spec, previous]
        previous = name
    return nodes


# --- the cases: (name, input shape, nodes, batch, scale of the input) ------------------------------------------------------

CASES = []


def case(name, input_shape, nodes, batch=2, scale=1.0, shift=0.0):
    CASES.append((name, list(input_shape), nodes, batch, scale, shift))


def convolutions():
    def one(name, shape, *args, batch=2, **options):
        case(f"conv2d: {name}", shape, chain(conv=conv(*args, **options)), batch)

    one("3x3 valid", (7, 6, 2), 3)
    one("3x3 same", (6, 5, 2), 3, padding="same")
    one("batch of one", (5, 7, 3), 4, batch=1)
    one("batch of five", (4, 4, 2), 3, batch=5)
    one("one channel, wide image", (4, 37, 1), 2, batch=1)
    one("one channel, one filter", (6, 7, 1), 1)
    one("no bias", (6, 5, 2), 3, bias=False)
    one("17 channels, 13 filters", (3, 4, 17), 9, (1, 2), batch=1)
    one("33 filters of 1x1", (2, 3, 5), 33, 1, batch=1)
    one("1x1 kernel", (5, 4, 3), 5, 1)
    one("1x1 kernel, stride 2, valid", (5, 6, 3), 2, 1, strides=2)
    one("1x1 kernel, stride 2, same", (5, 6, 3), 2, 1, strides=2, padding="same")
    one("1x1 image, 1x1 kernel", (1, 1, 4), 3, 1)
    one("1x1 image, 3x3 same", (1, 1, 3), 2, padding="same")
    one("kernel as large as the image", (5, 4, 2), 3, (5, 4))
    one("kernel larger than the image, same", (2, 3, 2), 2, 5, padding="same")
    one("1x5 kernel", (4, 9, 2), 3, (1, 5))
    one("5x2 kernel, same", (7, 5, 2), 2, (5, 2), padding="same")
    one("3x1 kernel on a column (a Conv1D)", (12, 1, 4), 3, (3, 1))
    one("stride 2, valid", (9, 8, 2), 3, strides=2)
    one("stride 2, same, odd size", (7, 9, 2), 2, strides=2, padding="same")
    one("stride 2, same, even size: padding on the bottom and right only", (8, 6, 2), 3, strides=2, padding="same")
    one("stride 3, valid, remainder dropped", (10, 11, 1), 2, strides=3)
    one("stride 3, same", (10, 8, 1), 2, (5, 4), strides=3, padding="same")
    one("strides 1x2, valid", (6, 9, 2), 3, strides=(1, 2))
    one("strides 3x1, same", (8, 5, 2), 3, strides=(3, 1), padding="same")
    one("stride larger than the kernel", (9, 8, 2), 2, 2, strides=3)
    one("2x2 same: padding after only", (5, 6, 2), 3, 2, padding="same")
    one("4x4 same: padding 1 before, 2 after", (6, 5, 2), 2, 4, padding="same")
    one("2x2 same, stride 2, odd size", (5, 7, 2), 3, 2, strides=2, padding="same")
    one("4x4 same, stride 2", (7, 8, 2), 2, 4, strides=2, padding="same")
    one("dilation 2, valid", (8, 7, 2), 3, dilation=2)
    one("dilation 2, same", (6, 7, 2), 2, dilation=2, padding="same")
    one("dilation 1x2", (6, 8, 2), 2, dilation=(1, 2))
    one("2x2, dilation 2, same", (5, 6, 2), 2, 2, dilation=2, padding="same")
    one("dilation 2, stride 2, valid", (9, 10, 2), 2, dilation=2, strides=2)
    one("2x4, dilation 2x3, strides 2x1, same", (8, 7, 2), 2, (2, 4), dilation=(2, 3), strides=(2, 1), padding="same")
    one("2 groups", (4, 5, 4), 6, groups=2)
    one("2 groups, stride 2, same", (5, 6, 4), 4, groups=2, strides=2, padding="same")
    one("3 groups, dilation 2, no bias", (6, 5, 6), 3, groups=3, dilation=2, bias=False)
    one("depthwise: a group per channel", (5, 4, 5), 5, groups=5, padding="same", batch=1)
    one("depthwise, two filters per channel", (6, 5, 3), 6, groups=3)
    for activation in ("relu", "sigmoid", "tanh", "softmax", "elu", "gelu", "silu", "leakyRelu"):
        one(f"with {activation}", (5, 4, 2), 3, activation=activation)


def poolings():
    for kind in ("max", "average"):

        def one(name, shape, *args, batch=2, shift=0.0, **options):
            case(f"{kind}Pooling2d: {name}", shape, chain(pool=pool(kind, *args, **options)), batch, 1.0, shift)

        one("2x2", (6, 8, 3))
        one("2x2, remainder dropped", (7, 5, 2))
        one("2x2, same, odd size", (7, 5, 2), padding="same")
        one("3x3, strides 2, overlapping", (9, 7, 2), 3, 2)
        one("3x3, strides 2, overlapping, remainder dropped", (8, 6, 2), 3, 2)
        one("3x3, strides 2, same, even size", (8, 6, 2), 3, 2, padding="same")
        one("3x3, strides 1, same", (5, 6, 2), 3, 1, padding="same")
        one("3x2, strides 2x1", (7, 6, 2), (3, 2), (2, 1))
        one("1x3, default strides", (4, 8, 2), (1, 3))
        one("2x2, strides 3: pixels between the windows", (8, 9, 2), 2, 3)
        one("4x4, strides 3, same", (7, 8, 2), 4, 3, padding="same")
        one("all negative, same: padding never wins", (5, 5, 2), 3, 2, padding="same", shift=-6.0)
        one("the whole image", (5, 4, 3), (5, 4), batch=3)
        one("17 channels", (3, 4, 17), batch=1)
        one("1x1 image, same", (1, 1, 3), padding="same")


ACTIVATIONS = ("linear", "relu", "sigmoid", "tanh", "softmax", "elu", "gelu", "silu", "leakyRelu",
               {"kind": "elu", "alpha": 0.5}, {"kind": "leakyRelu", "negativeSlope": 0.3})  # fmt: skip


def label(activation):
    return activation if isinstance(activation, str) else " ".join(str(item) for item in activation.values())


def activations():
    for activation in ACTIVATIONS:
        case(f"activation: {label(activation)}", (3, 4, 3), chain(act=activate(activation)))
    for activation in ("softmax", "gelu"):
        case(f"activation: {label(activation)} of features", (2, 2, 3), chain(flat=FLATTEN, act=activate(activation)), batch=3)
    for activation in ("sigmoid", "tanh", "softmax", "elu", "gelu", "silu"):
        case(f"activation: {activation}, saturated", (2, 4, 3), chain(act=activate(activation)), scale=25.0)
    case("activation: softmax of one channel", (2, 3, 1), chain(act=activate("softmax")))


def denses():
    for activation in ("linear", "relu", "sigmoid", "tanh", "softmax", "gelu", {"kind": "leakyRelu", "negativeSlope": 0.3}):
        case(f"dense: {label(activation)}", (2, 3, 2), chain(flat=FLATTEN, dense=dense(5, activation)), batch=3)
    case("dense: no bias", (2, 3, 2), chain(flat=FLATTEN, dense=dense(4, bias=False)))
    case("dense: one unit, batch of one", (2, 2, 2), chain(flat=FLATTEN, dense=dense(1)), batch=1)
    case("dense: 34 features, 9 units", (1, 2, 17), chain(flat=FLATTEN, dense=dense(9)), batch=3)
    case("dense: two in a row", (2, 2, 2), chain(flat=FLATTEN, first=dense(7, "relu"), second=dense(3, "softmax")), batch=4)
    case("flatten: channel fastest", (2, 3, 2), chain(flat=FLATTEN))
    case("flatten: of features does nothing", (2, 2, 2), chain(flat=FLATTEN, again=FLATTEN))


def graphs():
    case("add: residual around a convolution", (5, 5, 2), {
        "conv": [conv(2, padding="same", activation="relu"), "input"],
        "sum": [ADD, "conv", "input"],
        "out": [activate("tanh"), "sum"],
    })  # fmt: skip
    case("add: a node with itself", (3, 3, 2), {"conv": [conv(2, 2), "input"], "sum": [ADD, "conv", "conv"]})
    case("add: three inputs, of features", (2, 2, 2), {
        "flat": [FLATTEN, "input"],
        "left": [dense(4, "relu"), "flat"],
        "right": [dense(4, "tanh"), "flat"],
        "deep": [dense(4, "sigmoid"), "left"],
        "sum": [ADD, "left", "right", "deep"],
    })  # fmt: skip
    case("add: residual block with projection, then pooling", (6, 6, 1), {
        "first": [conv(3, strides=2, padding="same", activation="relu"), "input"],
        "second": [conv(3, padding="same"), "first"],
        "shortcut": [conv(3, 1, strides=2, bias=False), "input"],
        "sum": [ADD, "second", "shortcut"],
        "relu": [activate("relu"), "sum"],
        "pool": [pool("average", 3), "relu"],
    })  # fmt: skip
    case("concatenate: three with 1, 3 and 2 channels", (4, 5, 2), {
        "one": [conv(1, 1, activation="relu"), "input"],
        "three": [conv(3, padding="same", activation="tanh"), "input"],
        "two": [pool("max", 3, 1, "same"), "input"],
        "all": [CONCATENATE, "one", "three", "two"],
        "out": [conv(2, 1), "all"],
    })  # fmt: skip
    case("concatenate: a dense block, inputs used again", (4, 4, 2), {
        "first": [conv(2, padding="same", activation="relu"), "input"],
        "pair": [CONCATENATE, "input", "first"],
        "second": [conv(3, padding="same", activation="relu"), "pair"],
        "all": [CONCATENATE, "pair", "second"],
    })  # fmt: skip
    case("concatenate: a node with itself, of features", (1, 2, 2), {
        "flat": [FLATTEN, "input"],
        "left": [dense(3), "flat"],
        "all": [CONCATENATE, "left", "left", "flat"],
    })  # fmt: skip


def chains():
    fused = conv(3, activation="relu")
    case("chain: conv+relu, maxpool", (8, 8, 2), chain(conv=fused, pool=pool("max")))
    case("chain: conv+relu, maxpool, one channel, remainder dropped", (9, 11, 1), chain(conv=fused, pool=pool("max")), batch=3)
    case("chain: conv+relu, overlapping maxpool", (9, 8, 2), chain(conv=fused, pool=pool("max", 3, 2)))
    case("chain: conv+relu same, maxpool same", (7, 7, 2), chain(conv=conv(3, padding="same", activation="relu"), pool=pool("max", padding="same")))
    case("chain: conv, relu layer, maxpool", (8, 7, 2), chain(conv=conv(3), relu=activate("relu"), pool=pool("max")))
    case("chain: conv, maxpool, relu layer", (8, 7, 2), chain(conv=conv(3), pool=pool("max"), relu=activate("relu")))
    case("chain: conv+tanh, average pool", (8, 7, 2), chain(conv=conv(3, activation="tanh"), pool=pool("average")))
    case("chain: conv+gelu, maxpool", (8, 8, 1), chain(conv=conv(3, activation="gelu"), pool=pool("max")))
    case("chain: conv+relu strided, conv+relu, conv", (9, 9, 1), chain(
        first=conv(3, strides=2, activation="relu"), second=conv(3, 2, activation="relu"), third=conv(2, 1)))  # fmt: skip
    case("network: conv, pool, conv, pool, dense, softmax", (14, 14, 1), chain(
        conv1=conv(3, activation="relu"), pool1=pool("max"), conv2=conv(4, activation="relu"), pool2=pool("max"),
        flat=FLATTEN, hidden=dense(6, "relu"), out=dense(4, "softmax")), batch=2)  # fmt: skip
    case("network: the same with separate activation layers", (12, 11, 1), chain(
        conv1=conv(2), relu1=activate("relu"), pool1=pool("max"), conv2=conv(3), relu2=activate("relu"), pool2=pool("max"),
        flat=FLATTEN, hidden=dense(5), relu3=activate("relu"), out=dense(3), softmax=activate("softmax")))  # fmt: skip


def sequences():
    def one(name, shape, *args, batch=2, **options):
        case(f"conv1d: {name}", shape, chain(conv=conv1d(*args, **options)), batch)

    one("kernel 3", (10, 4), 5)
    one("kernel 2, same: padding at the end", (9, 3), 4, 2, padding="same")
    one("kernel 7, strides 3, same", (14, 2), 3, 7, strides=3, padding="same")
    one("strides 2, remainder dropped", (10, 3), 2, strides=2)
    one("dilation 3", (12, 2), 3, dilation=3)
    one("groups", (8, 6), 4, groups=2)
    one("one step, one channel", (1, 1), 3, 1, batch=1)
    one("no bias, relu", (8, 3), 3, bias=False, activation="relu")
    one("17 channels, 19 filters", (6, 17), 19, batch=3, activation="tanh")
    for kind in ("max", "average"):
        case(f"{kind}Pooling1d: 3, remainder dropped", (10, 4), chain(pool=pool1d(kind, 3)))
        case(f"{kind}Pooling1d: 3, strides 2, same", (8, 3), chain(pool=pool1d(kind, 3, 2, padding="same")))
    for kind in ("Average", "Max"):
        for rank, shape in ((1, (7, 5)), (2, (4, 5, 3))):
            for keepdims in (False, True):
                case(f"global{kind}Pooling{rank}d, keepdims {keepdims}", shape, chain(pool=global_pool(kind, rank, keepdims)))
    case("reshape: rows of an image to steps", (6, 4, 1), chain(rows=reshape(6, 4), conv=conv1d(3, 2)))
    case("reshape: channels to columns", (2, 3, 4), chain(view=reshape(6, 4, 1), conv=conv(2, 2)))
    case("network: report 000, small", (14, 6, 1), chain(
        rows=reshape(14, 6), conv1=conv1d(5, 3), pool1=pool1d("max", 3), conv2=conv1d(4, 2, activation="relu"), pool2=pool1d("max"),
        flat=FLATTEN, out=dense(3, "softmax")))  # fmt: skip


def batch_norm(epsilon=1e-3, center=True, scale=True):
    return {"kind": "batchNormalization", "epsilon": epsilon, "center": center, "scale": scale}


def batch_normalizations():
    # A bias before it would have the gradient zero.
    bare = conv(4, bias=False)
    case("batchNormalization: of images", (4, 3, 2), chain(norm=batch_norm()), batch=3)
    case("batchNormalization: of sequences", (7, 3), chain(norm=batch_norm()), batch=4)
    case("batchNormalization: of rows", (6,), chain(norm=batch_norm()), batch=9)
    case("batchNormalization: no center", (4, 3, 2), chain(norm=batch_norm(center=False)))
    case("batchNormalization: no scale", (4, 3, 2), chain(norm=batch_norm(scale=False)))
    case("batchNormalization: neither", (4, 3, 2), chain(norm=batch_norm(center=False, scale=False)))
    case("batchNormalization: large epsilon, far from zero", (5, 2, 3), chain(norm=batch_norm(epsilon=0.5)), shift=30.0)
    case("batchNormalization: conv, norm, relu, maxpool", (8, 7, 2), chain(
        conv=bare, norm=batch_norm(), relu=activate("relu"), pool=pool("max")), batch=3)  # fmt: skip
    case("batchNormalization: twice, with a residual", (5, 5, 3), {
        "first": [batch_norm(), "input"], "conv": [conv(3, padding="same", activation="tanh", bias=False), "first"],
        "second": [batch_norm(), "conv"], "sum": [ADD, "second", "input"], "relu": [activate("relu"), "sum"],
    }, batch=4)  # fmt: skip
    case("network: report 000, small, normalised", (14, 6), chain(
        conv1=conv1d(5, 3, bias=False), pool1=pool1d("max", 3), norm1=batch_norm(),
        conv2=conv1d(4, 2, activation="relu", bias=False), pool2=pool1d("max"), norm2=batch_norm(),
        flat=FLATTEN, out=dense(3, "softmax")), batch=5)  # fmt: skip


def depthwise_convolutions():
    def one(name, shape, spec, batch=2):
        case(f"{spec['kind']}: {name}", shape, chain(conv=spec), batch)

    one("3x3 valid", (6, 5, 3), depthwise(3))
    one("2x3 same, two filters per channel, relu", (5, 6, 2), depthwise((2, 3), padding="same", multiplier=2, activation="relu"))
    one("strides 2, same, three filters per channel, no bias", (7, 7, 2), depthwise(3, 2, "same", multiplier=3, bias=False))
    one("strides 1x2", (6, 7, 2), depthwise(2, (1, 2), multiplier=2))
    one("dilation 2", (8, 7, 2), depthwise(3, dilation=2, activation="tanh"))
    one("17 channels, batch of three", (4, 3, 17), depthwise(2), batch=3)
    one("one channel, softmax", (4, 5, 1), depthwise(2, multiplier=3, activation="softmax"))
    one("3x3 valid", (6, 5, 3), separable(4, 3))
    one("strides 2, same, two filters per channel, relu", (7, 6, 2), separable(5, 3, 2, "same", multiplier=2, activation="relu"))
    one("dilation 2, no bias", (7, 7, 2), separable(3, 3, dilation=2, bias=False))
    one("1x1 window, 19 filters", (3, 4, 3), separable(19, 1))
    one("kernel 3, two filters per channel", (9, 3), as_steps(depthwise(3, multiplier=2)))
    one("strides 2, same, no bias", (9, 2), as_steps(depthwise(4, 2, "same", bias=False, activation="tanh")))
    one("dilation 3", (11, 2), as_steps(depthwise(3, dilation=3)))
    one("kernel 3, two filters per channel, relu", (9, 3), as_steps(separable(5, 3, multiplier=2, activation="relu")))
    one("strides 3, same", (10, 2), as_steps(separable(4, 4, 3, "same")))
    case("chain: depthwise+relu, maxpool, separable", (9, 8, 2), chain(
        first=depthwise(2, multiplier=2, activation="relu"), pool=pool("max"), second=separable(3, 2, activation="tanh")))  # fmt: skip


def normalizations():
    for name, spec in {
        "the defaults": layer_norm(), "epsilon 0.1": layer_norm(0.1), "gamma alone": layer_norm(center=False),
        "beta alone": layer_norm(scale=False), "nothing learned": layer_norm(scale=False, center=False),
    }.items():  # fmt: skip
        case(f"layerNormalization: {name}", (3, 4, 5), chain(norm=spec))
    case("layerNormalization: of 17 features", (1, 1, 17), chain(flat=FLATTEN, norm=layer_norm()), batch=5)
    case("layerNormalization: of steps", (6, 9), chain(norm=layer_norm()), batch=3)
    case("layerNormalization: far from zero", (3, 3, 6), chain(norm=layer_norm()), shift=30.0)
    case("layerNormalization: between a convolution and a relu", (5, 5, 2), chain(
        conv=conv(6, 2), norm=layer_norm(), relu=activate("relu"), pool=pool("max")))  # fmt: skip
    case("layerNormalization: a residual block", (4, 4, 3), {
        "norm": [layer_norm(), "input"],
        "conv": [conv(3, padding="same"), "norm"],
        "sum": [ADD, "conv", "input"],
        "again": [layer_norm(scale=False), "sum"],
    })  # fmt: skip
    case("zeroPadding2d: 1", (3, 4, 2), chain(pad=zero_padding(1)))
    case("zeroPadding2d: 0 and 2", (3, 4, 2), chain(pad=zero_padding([0, 2])))
    case("zeroPadding2d: each side its own, then a convolution", (4, 3, 2), chain(pad=zero_padding([[1, 0], [2, 3]]), conv=conv(3)))
    case("zeroPadding2d: between convolutions", (5, 5, 2), chain(first=conv(3, 2), pad=zero_padding(2), second=conv(2)))
    case("zeroPadding1d: 2", (4, 3), chain(pad=zero_padding(2, 1)))
    case("zeroPadding1d: 0 before, 3 after", (4, 3), chain(pad=zero_padding([0, 3], 1), conv=conv1d(3)))
    case("rescaling: to -1 to 1", (3, 4, 2), chain(rescaled=rescaling(2, -1), conv=conv(2, 2)))
    case("rescaling: without an offset", (5,), chain(dense=dense(3), rescaled=rescaling(0.25)))
    case("normalization: one number", (3, 4, 2), chain(norm=normalization(0.25, 2.25), conv=conv(2, 2)))
    case("normalization: a number for each channel", (3, 4, 3), chain(norm=normalization([0.5, -1, 2], [0.25, 1, 7]), conv=conv(2, 2)))
    case("normalization: 19 features", (19,), chain(norm=normalization([i / 8 for i in range(19)], [1 + i / 4 for i in range(19)])))
    case("normalization: a variance of zero", (2, 2, 2), chain(norm=normalization([0.25, 0], [0, 1])))


def rectifiers():
    new = ("relu6", "hardSigmoid", "hardSilu", "softplus", "softsign", "mish")
    for activation in new:
        case(f"activation: {activation}", (3, 4, 3), chain(act=activate(activation)), scale=3.0)
        case(f"activation: {activation}, saturated", (2, 4, 3), chain(act=activate(activation)), scale=25.0)
        case(f"conv2d: with {activation}", (5, 4, 2), chain(conv=conv(3, activation=activation)))
    for activation in ("relu6", "hardSigmoid", "softplus", "softsign"):
        case(f"dense: {activation}", (2, 3, 2), chain(flat=FLATTEN, dense=dense(5, activation)), batch=3)
    case("chain: conv+relu6, maxpool", (8, 8, 2), chain(conv=conv(3, activation="relu6"), pool=pool("max")), scale=6.0)
    for name, spec in {
        "the defaults": rectifier(), "cut": rectifier(1), "slope": rectifier(slope=0.1), "threshold": rectifier(threshold=0.5),
        "all three": rectifier(1.5, 0.25, 0.5),
    }.items():  # fmt: skip
        case(f"reLU: {name}", (3, 4, 3), chain(relu=spec))
    case("pReLU: a slope for each value", (3, 4, 3), chain(relu=prelu()), batch=3)
    case("pReLU: a slope for each channel, behind a convolution", (5, 4, 2), chain(conv=conv(3, 2), relu=prelu(1, 2)))
    case("pReLU: a slope for each pixel", (3, 4, 3), chain(relu=prelu(3)))
    case("pReLU: rows share", (3, 4, 3), chain(relu=prelu(1)))
    case("pReLU: one slope, of features", (2, 2, 2), chain(flat=FLATTEN, dense=dense(5), relu=prelu(1)))


def merges():
    for kind in ("multiply", "average", "maximum", "subtract"):
        join = {"kind": kind}
        nodes = {"left": [conv(3, 1, activation="tanh"), "input"], "right": [conv(3, 1), "input"]}
        case(f"{kind}: two branches", (3, 4, 2), {**nodes, "join": [join, "left", "right"]})
        case(f"{kind}: channels repeat over the image", (3, 4, 2), {
            **nodes, "pool": [global_pool("Average", 2, True), "right"], "join": [join, "left", "pool"]})  # fmt: skip
        case(f"{kind}: a value for each pixel repeats over the channels", (3, 4, 2), {
            "one": [conv(1, 1), "input"], "join": [join, "one", "input"], "out": [conv(2, 2), "join"]})  # fmt: skip
        if kind != "subtract":
            case(f"{kind}: three, of features", (5,), {
                "left": [dense(4), "input"], "right": [dense(4, "tanh"), "input"], "join": [join, "left", "right", "left"]})  # fmt: skip
    case("add: channels repeat over the image", (3, 4, 2), {"pool": [global_pool("Max", 2, True), "input"], "sum": [ADD, "input", "pool"]})
    case("network: squeeze and excite", (5, 4, 3), {
        "conv": [conv(4, activation="relu6"), "input"],
        "se_pool": [global_pool("Average", 2, True), "conv"],
        "se_squeeze": [conv(2, 1, activation="relu"), "se_pool"],
        "se_excite": [conv(4, 1, activation="hardSigmoid"), "se_squeeze"],
        "se": [{"kind": "multiply"}, "conv", "se_excite"],
        "act": [activate("hardSilu"), "se"],
    })  # fmt: skip


def rearrangements():
    for dims in ([2, 1, 3], [3, 1, 2], [1, 3, 2], [3, 2, 1]):
        case(f"permute: {dims}", (2, 3, 4), chain(turned={"kind": "permute", "dims": dims}, conv=conv(2, 1)))
    case("permute: of steps", (5, 3), chain(turned={"kind": "permute", "dims": [2, 1]}, conv=conv1d(2, 2)))
    case("cropping2d: 1", (4, 5, 2), chain(crop={"kind": "cropping2d", "cropping": 1}))
    case("cropping2d: each side its own, between convolutions", (6, 7, 2), chain(
        first=conv(3, 1), crop={"kind": "cropping2d", "cropping": [[1, 0], [2, 1]]}, second=conv(2, 2)))  # fmt: skip
    for kind in ("nearest", "bilinear"):
        case(f"upSampling2d: {kind}, 2", (3, 4, 2), chain(up=up_sampling(2, kind), conv=conv(2, 2)))
        case(f"upSampling2d: {kind}, 3x1", (2, 3, 2), chain(conv=conv(5, 1), up=up_sampling((3, 1), kind)))
        case(f"resizing: {kind}, larger", (3, 4, 2), chain(conv=conv(3, 1), resize=resizing(7, 5, kind)))
        case(f"resizing: {kind}, smaller", (9, 7, 2), chain(conv=conv(3, 1), resize=resizing(4, 3, kind)))
        case(f"resizing: {kind}, from one pixel", (1, 1, 3), chain(resize=resizing(2, 3, kind)))
    for name, norm in {
        "2 groups": group_norm(2), "one group": group_norm(1), "each channel a group": group_norm(-1),
        "epsilon 0.1, gamma alone": group_norm(2, 0.1, center=False), "nothing learned": group_norm(3, scale=False, center=False),
    }.items():  # fmt: skip
        case(f"groupNormalization: {name}", (3, 4, 6), chain(norm=norm), batch=3)
    case("groupNormalization: of steps, behind a convolution", (6, 3), chain(conv=conv1d(8, 2), norm=group_norm(4), relu=activate("relu")))


# --- filling a case with numbers -------------------------------------------------------------------------------------------


def own_parameter_shapes(spec, shape):
    kind, channels = spec["kind"], shape[-1]
    if kind == "pReLU":
        return {"alpha": tuple(1 if axis in (spec["sharedAxes"] or ()) else size for axis, size in enumerate(shape, 1))}
    if kind in ("layerNormalization", "groupNormalization"):
        return {key: (channels,) for key, learned in (("gamma", spec["scale"]), ("beta", spec["center"])) if learned}
    if kind.startswith(("depthwise", "separable")):
        window = pair(spec["kernelSize"]) if kind.endswith("2d") else [spec["kernelSize"]]
        between = channels * spec["depthMultiplier"]
        first = {"kernel" if kind.startswith("depthwise") else "depthwiseKernel": (between, *window, 1)}
        second = {"pointwiseKernel": (spec["filters"], *(1 for _ in window), between)} if kind.startswith("separable") else {}
        return first | second | ({"bias": (spec.get("filters", between),)} if spec["useBias"] else {})
    kernels = {
        "conv1d": lambda: (spec["filters"], spec["kernelSize"], channels // spec["groups"]),
        "conv2d": lambda: (spec["filters"], *spec["kernelSize"], channels // spec["groups"]),
        "dense": lambda: (spec["units"], channels),
    }
    if spec["kind"] == "batchNormalization":
        return {key: (channels,) for key, wanted in (("gamma", spec["scale"]), ("beta", spec["center"])) if wanted}
    if spec["kind"] not in kernels:
        return {}
    kernel = kernels[spec["kind"]]()
    return {"kernel": kernel, "bias": kernel[:1]} if spec["useBias"] else {"kernel": kernel}


def shapes_of(nodes, input_shape):
    """The shape of every parameter, and of the output without its batch axis, found by a run on zeros."""
    shapes, values = {}, {"input": channels_first(torch.zeros(2, *input_shape))}
    for name, (spec, *sources) in nodes.items():
        inputs = [values[source] for source in sources]
        own = own_parameter_shapes(spec, channels_last(inputs[0]).shape[1:])
        shapes |= {f"{name}/{key}": shape for key, shape in own.items()}
        values[name] = torch_node(spec, {key: torch.zeros(shape) for key, shape in own.items()}, inputs)
    return shapes, channels_last(values[name]).shape[1:]


def draw(seed, input_shape, nodes, batch, scale, shift):
    rng = np.random.default_rng(seed)
    parameter_shapes, output_shape = shapes_of(nodes, input_shape)
    parameters = {
        key: short_normal(rng, shape, 0.3 if len(shape) == 1 else 1.0 / np.sqrt(np.prod(shape[1:])))
        for key, shape in parameter_shapes.items()
    }
    images = short_normal(rng, (batch, *input_shape), scale) + shift
    return parameters, np.round(images, 3), short_normal(rng, (batch, *output_shape), decimals=2)


def agree(actual, expected):
    gaps = [relative_gap(actual[key], expected[key]) for key in ("output", "inputGradient")]
    gaps += [relative_gap(actual["parameterGradients"][key], value) for key, value in expected["parameterGradients"].items()]
    return max(gaps)


def far_from_kinks(nodes, parameters, images, output_gradient, expected):
    """Whether moving every number by about 1e-5 leaves every gradient in place: no near-tie in a pool, no relu near zero."""
    rng = np.random.default_rng(1)

    def nudge(value):
        return value + rng.uniform(-1e-5, 1e-5, value.shape) * (1 + np.abs(value))

    def moves_little():
        moved = run_torch(nodes, {key: nudge(value) for key, value in parameters.items()}, nudge(images), output_gradient)
        return agree(moved, expected) < 2e-3

    return all(moves_little() for _ in range(12))  # a tie falls the same way by chance once in two


def make_layers(keras_source, torch_source):
    builds = (
        convolutions, poolings, activations, denses, graphs, chains, sequences, batch_normalizations, depthwise_convolutions,
        normalizations, rectifiers, merges, rearrangements,
    )  # fmt: skip
    for build in builds:
        build()
    return [fill(keras_source, torch_source, *one) for one in CASES]


def fill(keras_source, torch_source, name, input_shape, nodes, batch, scale, shift):
    seed = zlib.crc32(name.encode())
    for attempt in range(200):
        drawn = draw([seed, attempt], input_shape, nodes, batch, scale, shift)
        by_torch = run_torch(nodes, *drawn)
        if far_from_kinks(nodes, *drawn, by_torch):
            break
    else:
        raise RuntimeError(f"{name}: every draw is near a kink")
    source, result = torch_source, by_torch
    try:
        by_keras = run_keras(nodes, *drawn)
        gap = agree(by_keras, by_torch)
        if gap < 1e-11:
            source, result = keras_source, by_keras
        else:
            print(f"{name}: Keras differs from PyTorch by {gap:.2g}; PyTorch is the source", file=sys.stderr)
            assert gap < 1e-6, name
    except (ValueError, tf.errors.InvalidArgumentError) as error:
        print(f"{name}: Keras refuses ({str(error).splitlines()[0][:90]}); PyTorch is the source", file=sys.stderr)
    parameters, images, output_gradient = drawn
    return {
        "name": name, "source": source, "inputShape": input_shape, "batch": batch, "nodes": nodes, "input": images,
        "parameters": parameters, "output": result["output"], "outputGradient": output_gradient,
        "inputGradient": result["inputGradient"], "parameterGradients": result["parameterGradients"],
    }  # fmt: skip
