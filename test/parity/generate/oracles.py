"""
Runs a graph of Heddle layer specs in float64, forward and backward, by two independent libraries.

Both functions take and return Heddle's layouts: NHWC images, convolution kernels [filters, height, width, channels / groups],
dense kernels [units, features]. Both differentiate sum(output * output_gradient) and return a dict with `output`, `inputGradient`
and `parameterGradients`.
"""

import functools

import keras
import numpy as np
import tensorflow as tf
import torch
import torch.nn.functional as F


def activation_name(activation):
    return activation if isinstance(activation, str) else activation["kind"]


# --- Keras -----------------------------------------------------------------------------------------------------------------


def keras_activation(activation):
    if activation == "leakyRelu":
        return keras.activations.leaky_relu
    if isinstance(activation, str):
        return "".join("_" + letter.lower() if letter.isupper() else letter for letter in activation)
    if activation["kind"] == "elu":
        return lambda x: keras.activations.elu(x, alpha=activation["alpha"])
    return lambda x: keras.activations.leaky_relu(x, negative_slope=activation["negativeSlope"])


def keras_regularizers(spec):
    names = {"kernelRegularizer": "kernel_regularizer", "biasRegularizer": "bias_regularizer"}
    return {
        names[key]: keras.regularizers.L1L2(l1=value.get("l1", 0.0), l2=value.get("l2", 0.0))
        for key, value in spec.items() if key in names
    }  # fmt: skip


def keras_layer(name, spec):
    kind = spec["kind"]
    if kind == "conv2d":
        return keras.layers.Conv2D(
            spec["filters"], spec["kernelSize"], strides=spec["strides"], padding=spec["padding"], dilation_rate=spec["dilationRate"],
            groups=spec["groups"], activation=keras_activation(spec["activation"]), use_bias=spec["useBias"], name=name,
            **keras_regularizers(spec),
        )  # fmt: skip
    if kind == "conv1d":
        return keras.layers.Conv1D(
            spec["filters"], spec["kernelSize"], strides=spec["strides"], padding=spec["padding"], dilation_rate=spec["dilationRate"],
            groups=spec["groups"], activation=keras_activation(spec["activation"]), use_bias=spec["useBias"], name=name,
            **keras_regularizers(spec),
        )  # fmt: skip
    if kind.startswith(("depthwise", "separable")):
        layer = getattr(keras.layers, kind[0].upper() + kind[1:-1] + kind[-1].upper())
        options = {"filters": spec["filters"]} if "filters" in spec else {}
        return layer(
            kernel_size=spec["kernelSize"], strides=spec["strides"], padding=spec["padding"], dilation_rate=spec["dilationRate"],
            depth_multiplier=spec["depthMultiplier"], activation=keras_activation(spec["activation"]), use_bias=spec["useBias"],
            name=name, **options,
        )  # fmt: skip
    if kind == "layerNormalization":
        return keras.layers.LayerNormalization(epsilon=spec["epsilon"], scale=spec["scale"], center=spec["center"], name=name)
    if kind == "zeroPadding2d":
        return keras.layers.ZeroPadding2D(spec["padding"], name=name)
    if kind == "zeroPadding1d":
        return keras.layers.ZeroPadding1D(spec["padding"], name=name)
    if kind == "rescaling":
        return keras.layers.Rescaling(spec["scale"], spec["offset"], name=name)
    if kind == "normalization":
        return keras.layers.Normalization(mean=spec["mean"], variance=spec["variance"], name=name)
    if kind in ("maxPooling1d", "averagePooling1d"):
        pooling = keras.layers.MaxPooling1D if kind == "maxPooling1d" else keras.layers.AveragePooling1D
        return pooling(spec["poolSize"], strides=spec.get("strides"), padding=spec["padding"], name=name)
    if kind.startswith("global"):
        return getattr(keras.layers, kind[0].upper() + kind[1:-1] + kind[-1].upper())(keepdims=spec["keepdims"], name=name)
    if kind == "reshape":
        return keras.layers.Reshape(spec["targetShape"], name=name)
    if kind == "maxPooling2d":
        return keras.layers.MaxPooling2D(spec["poolSize"], strides=spec.get("strides"), padding=spec["padding"], name=name)
    if kind == "averagePooling2d":
        return keras.layers.AveragePooling2D(spec["poolSize"], strides=spec.get("strides"), padding=spec["padding"], name=name)
    if kind == "dense":
        return keras.layers.Dense(
            spec["units"], activation=keras_activation(spec["activation"]), use_bias=spec["useBias"], name=name, **keras_regularizers(spec),
        )  # fmt: skip
    if kind == "batchNormalization":
        return keras.layers.BatchNormalization(epsilon=spec["epsilon"], center=spec["center"], scale=spec["scale"], name=name)
    if kind == "groupNormalization":
        return keras.layers.GroupNormalization(
            spec["groups"], epsilon=spec["epsilon"], scale=spec["scale"], center=spec["center"], name=name)  # fmt: skip
    if kind == "permute":
        return keras.layers.Permute(spec["dims"], name=name)
    if kind == "cropping2d":
        return keras.layers.Cropping2D(spec["cropping"], name=name)
    if kind == "upSampling2d":
        return keras.layers.UpSampling2D(spec["size"], interpolation=spec["interpolation"], name=name)
    if kind == "resizing":
        return keras.layers.Resizing(spec["height"], spec["width"], interpolation=spec["interpolation"], name=name)
    if kind == "reLU":
        return keras.layers.ReLU(spec["maxValue"], spec["negativeSlope"], spec["threshold"], name=name)
    if kind == "pReLU":
        return keras.layers.PReLU(shared_axes=spec["sharedAxes"], name=name)
    if kind == "activation":
        return keras.layers.Activation(keras_activation(spec["activation"]), name=name)
    return getattr(keras.layers, kind.capitalize())(name=name)


def keras_model(nodes, input_shape):
    tensors = {"input": keras.Input(input_shape)}
    for name, (spec, *sources) in nodes.items():
        inputs = [tensors[source] for source in sources]
        tensors[name] = keras_layer(name, spec)(inputs if len(inputs) > 1 else inputs[0])
    return keras.Model(tensors["input"], tensors[name])


def keras_parameters(model):
    """The variables of a model under Heddle's names."""
    return {
        f"{layer.name}/{camel_case(variable.name)}": variable
        for layer in model.layers
        for variable in layer.trainable_variables
    }


def camel_case(name):
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def from_keras(value, shape=None):
    """
    Keras' [...window, in, out] and [in, out] to Heddle's [out, ...window, in] and [out, in]. Given the shape, also
    [...window, channels, multiplier] of a depthwise kernel to [channels * multiplier, ...window, 1].
    """
    value = np.asarray(value)
    return np.moveaxis(value if shape is None else value.reshape(*shape[1:], shape[0]), -1, 0)


def to_keras(value, shape=None):
    value = np.moveaxis(value, 0, -1)
    return value if shape is None else value.reshape(shape)


def run_keras(nodes, parameters, images, output_gradient):
    model = keras_model(nodes, images.shape[1:])
    variables = keras_parameters(model)
    assert variables.keys() == parameters.keys()
    for key, variable in variables.items():
        # Slopes lie as the values that they belong to.
        variable.assign(parameters[key] if key.endswith("/alpha") else to_keras(parameters[key], variable.shape))
    images = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(images)
        output = model(images, training=True)
        scalar = tf.reduce_sum(output * output_gradient)
    image_gradient, gradients = tape.gradient(scalar, (images, {key: variable.value for key, variable in variables.items()}))
    return {
        "output": output.numpy(),
        "inputGradient": image_gradient.numpy(),
        "parameterGradients": {
            key: gradient.numpy() if key.endswith("/alpha") else from_keras(gradient, parameters[key].shape)
            for key, gradient in gradients.items()
        },
    }


# --- PyTorch ---------------------------------------------------------------------------------------------------------------


def torch_activation(activation, x):
    # x is [batch, channels, height, width] or [batch, features]: the "last axis" of Heddle and Keras is axis 1.
    options = {} if isinstance(activation, str) else activation
    return {
        "linear": lambda: x,
        "relu": lambda: F.relu(x),
        "sigmoid": lambda: torch.sigmoid(x),
        "tanh": lambda: torch.tanh(x),
        "softmax": lambda: F.softmax(x, dim=1),
        "elu": lambda: F.elu(x, alpha=options.get("alpha", 1.0)),
        "gelu": lambda: F.gelu(x),
        "silu": lambda: F.silu(x),
        "relu6": lambda: F.relu6(x),
        "hardSigmoid": lambda: F.relu6(x + 3) / 6,  # its own hardsigmoid goes through a float32 of 1 / 6
        "hardSilu": lambda: F.hardswish(x),
        "softplus": lambda: F.softplus(x, threshold=1e9),
        "softsign": lambda: F.softsign(x),
        "mish": lambda: F.mish(x),
        "leakyRelu": lambda: F.leaky_relu(x, options.get("negativeSlope", 0.2)),
    }[activation_name(activation)]()


def pad_same(x, window, strides, value):
    """TensorFlow's 'same': ceil(size / stride) outputs, and the odd pixel of padding on the bottom and on the right."""
    totals = [max(0, (-(-size // stride) - 1) * stride + width - size) for size, width, stride in zip(x.shape[2:], window, strides)]
    (height, width) = totals
    return F.pad(x, (width // 2, width - width // 2, height // 2, height - height // 2), value=value)


def torch_conv(spec, x, kernel, bias):
    # kernel: [filters, height, width, channels] -> [filters, channels, height, width]
    if spec["padding"] == "same":
        window = [(size - 1) * rate + 1 for size, rate in zip(spec["kernelSize"], spec["dilationRate"])]
        x = pad_same(x, window, spec["strides"], 0.0)
    return F.conv2d(x, kernel.permute(0, 3, 1, 2), bias, stride=spec["strides"], dilation=spec["dilationRate"], groups=spec["groups"])


def torch_depthwise(spec, x, parameters):
    """A convolution with a group for each channel; a separable one mixes the channels afterwards."""
    bias = parameters.get("bias")
    grouped = {**spec, "groups": x.shape[1]}
    if "kernel" in parameters:
        return torch_conv(grouped, x, parameters["kernel"], bias)
    between = torch_conv(grouped, x, parameters["depthwiseKernel"], None)
    return F.conv2d(between, parameters["pointwiseKernel"].permute(0, 3, 1, 2), bias)


def pair_of(value):
    return (value, value) if isinstance(value, int) else tuple(value)


def torch_pool(spec, x):
    size, strides = spec["poolSize"], spec.get("strides", spec["poolSize"])
    same = spec["padding"] == "same"
    if spec["kind"] == "maxPooling2d":
        return F.max_pool2d(pad_same(x, size, strides, -torch.inf) if same else x, size, strides)
    if not same:
        return F.avg_pool2d(x, size, strides)
    # the mean over the pixels inside the image: padding counts neither in the sum nor in the count
    counted = pad_same(torch.ones_like(x), size, strides, 0.0)
    return F.avg_pool2d(pad_same(x, size, strides, 0.0), size, strides) / F.avg_pool2d(counted, size, strides)


def as_image(spec):
    """A one-dimensional layer as a two-dimensional one: a sequence is an image of one row."""
    wide = {key: [1, spec[key]] for key in ("kernelSize", "poolSize", "strides", "dilationRate") if key in spec}
    return {**spec, **wide, "kind": spec["kind"].replace("1d", "2d")}


def torch_node(spec, parameters, inputs):
    """One layer on tensors [batch, channels, height, width], [batch, channels, steps] or [batch, features]."""
    kind, (x, *others) = spec["kind"], inputs
    if kind == "reshape":
        return channels_first(channels_last(x).reshape(x.shape[0], *spec["targetShape"]))
    if kind.startswith("global"):
        axes = tuple(range(2, x.ndim))
        pooled = x.mean(axes, keepdim=True) if "Average" in kind else x.amax(axes, keepdim=True)
        return pooled if spec["keepdims"] else pooled.flatten(1)
    if kind == "zeroPadding1d":
        return F.pad(x, pair_of(spec["padding"]))
    if kind.endswith("1d"):
        own = {key: value.unsqueeze(1) if key.lower().endswith("kernel") else value for key, value in parameters.items()}
        return torch_node(as_image(spec), own, [x.unsqueeze(2)]).squeeze(2)
    if kind == "conv2d":
        return torch_activation(spec["activation"], torch_conv(spec, x, parameters["kernel"], parameters.get("bias")))
    if kind.startswith(("depthwise", "separable")):
        return torch_activation(spec["activation"], torch_depthwise(spec, x, parameters))
    if kind == "layerNormalization":
        rows = channels_last(x)
        return channels_first(F.layer_norm(rows, rows.shape[-1:], parameters.get("gamma"), parameters.get("beta"), spec["epsilon"]))
    if kind == "zeroPadding2d":
        rows, columns = (pair_of(sides) for sides in pair_of(spec["padding"]))
        return F.pad(x, (*columns, *rows))
    if kind == "rescaling":
        return spec["scale"] * x + spec["offset"]
    if kind == "normalization":
        mean, variance = (torch.tensor(spec[key], dtype=x.dtype) for key in ("mean", "variance"))
        return channels_first((channels_last(x) - mean) / torch.clamp(variance.sqrt(), min=1e-7))
    if kind == "dense":
        return torch_activation(spec["activation"], F.linear(x, parameters["kernel"], parameters.get("bias")))
    if kind == "reLU":
        limit = torch.inf if spec["maxValue"] is None else spec["maxValue"]
        below = spec["negativeSlope"] * (x - spec["threshold"])
        return torch.where(x > spec["threshold"], x.clamp(max=limit), below)
    if kind == "pReLU":
        return channels_first(rectified(channels_last(x), parameters["alpha"]))
    if kind == "activation":
        return torch_activation(spec["activation"], x)
    if kind == "batchNormalization":
        return F.batch_norm(x, None, None, parameters.get("gamma"), parameters.get("beta"), training=True, eps=spec["epsilon"])
    if kind == "flatten":
        return channels_last(x).flatten(1)
    if kind == "groupNormalization":
        groups = x.shape[1] if spec["groups"] == -1 else spec["groups"]
        return F.group_norm(x, groups, parameters.get("gamma"), parameters.get("beta"), spec["epsilon"])
    if kind == "permute":
        return channels_first(channels_last(x).permute(0, *spec["dims"]))
    if kind == "cropping2d":
        (top, bottom), (left, right) = (pair_of(sides) for sides in pair_of(spec["cropping"]))
        return x[:, :, top : x.shape[2] - bottom, left : x.shape[3] - right]
    if kind == "upSampling2d":
        return torch_resize(spec, x, [size * times for size, times in zip(x.shape[2:], spec["size"])])
    if kind == "resizing":
        return torch_resize(spec, x, [spec["height"], spec["width"]])
    if kind == "add":
        return sum(others, x)
    if kind == "multiply":
        return functools.reduce(torch.mul, inputs)
    if kind == "average":
        return sum(others, x) / len(inputs)
    if kind == "maximum":
        return functools.reduce(torch.maximum, inputs)
    if kind == "subtract":
        return x - others[0]
    if kind == "concatenate":
        return torch.cat(inputs, dim=1)
    return torch_pool(spec, x)


def torch_resize(spec, x, size):
    nearest = spec["interpolation"] == "nearest"
    return F.interpolate(x, size, mode="nearest-exact") if nearest else F.interpolate(x, size, mode="bilinear", align_corners=False)


def rectified(x, alpha):
    return torch.where(x > 0, x, alpha * x)


def channels_first(x):
    return x.movedim(-1, 1)


def channels_last(x):
    return x.movedim(1, -1)


def torch_forward(nodes, parameters, images):
    values = {"input": channels_first(images)}
    for name, (spec, *sources) in nodes.items():
        own = {key.split("/")[1]: value for key, value in parameters.items() if key.startswith(f"{name}/")}
        values[name] = torch_node(spec, own, [values[source] for source in sources])
    return channels_last(values[name])


def run_torch(nodes, parameters, images, output_gradient):
    images = torch.tensor(images, requires_grad=True)
    parameters = {key: torch.tensor(value, requires_grad=True) for key, value in parameters.items()}
    output = torch_forward(nodes, parameters, images)
    (output * torch.tensor(output_gradient)).sum().backward()
    return {
        "output": output.detach().numpy(),
        "inputGradient": images.grad.numpy(),
        "parameterGradients": {key: value.grad.numpy() for key, value in parameters.items()},
    }
