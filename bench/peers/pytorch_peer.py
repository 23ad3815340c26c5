"""
PyTorch, eager, with glibc told to keep large tensors (what its tuning guide gets from jemalloc) and fused optimizers.
Tensors are channels first; in channels_last memory that is the order of Heddle's images. Variants: both memory
formats; for inference also a frozen TorchScript.
"""

import ctypes
import math

from spec import activation_of, as_convolution, is_chain, penalties, readers, takes_logits, window_of


def start(threads):
    global torch, nn, F
    keep_memory()
    import torch
    from torch import nn
    from torch.nn import functional as F

    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    torch.set_flush_denormal(True)  # a batch seen a thousand times ends in tiny gradients: they must not cost anything
    return torch.__version__


def keep_memory():
    trim_threshold, top_pad, mmap_max = -1, -2, -4  # malloc.h
    for option, value in ((mmap_max, 0), (trim_threshold, 2**31 - 1), (top_pad, 64 * 2**20)):
        ctypes.CDLL(None).mallopt(option, value)


def reshaper(shape):
    """To Heddle's shape [..., channels] of an example, by the order of channels-last memory: a view in that format."""

    class Reshape(nn.Module):
        def forward(self, x):
            if x.dim() > 2:
                x = x.movedim(1, -1)
            x = x.reshape(x.shape[0], *shape)
            return x.movedim(-1, 1) if len(shape) > 1 else x

    return Reshape()


def activation(name, in_place=True):
    known = {
        "relu": lambda: nn.ReLU(inplace=in_place),
        "relu6": lambda: nn.ReLU6(inplace=in_place),
        "gelu": nn.GELU,
        "sigmoid": nn.Sigmoid,
        "tanh": nn.Tanh,
        "softmax": lambda: nn.Softmax(1),
    }
    if name == "linear":
        return []
    if name not in known:
        raise NotImplementedError(f"no activation {name} here")
    return [known[name]()]


def rows_normalised(channels, epsilon):
    """Layer normalisation of the channels, which are the rows of channels-last memory."""

    class Normalise(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.LayerNorm(channels, eps=epsilon)

        def forward(self, x):
            return self.norm(x) if x.dim() == 2 else self.norm(x.movedim(1, -1)).movedim(-1, 1)

    return Normalise()


def joined(make):
    """A module that reads several values."""

    class Join(nn.Module):
        def forward(self, *values):
            return make(values)

    return Join()


def build(job, drop_softmax):
    """The network, the weights that are penalised with their factors, and the number of outputs."""
    spec, penalised, steps = job["spec"], [], []
    shapes, counts, last = {"input": tuple(job["inputShape"])}, readers(spec), spec["nodes"][-1]
    for node in spec["nodes"]:
        layer, inputs = node["layer"], node["inputs"]
        made, shape = modules_of(layer, [shapes[name] for name in inputs])
        if any(penalties(layer)):
            penalised.append((made[-1].weight, *penalties(layer)))
        if not (node is last and drop_softmax):
            # What others read too, and the image, stay as they are.
            in_place = bool(made) or (inputs[0] != "input" and counts[inputs[0]] == 1)
            made += activation(activation_of(layer), in_place)
        shapes[node["name"]] = shape
        steps.append((node["name"], made, inputs))
    if is_chain(spec):
        return nn.Sequential(*(module for _, made, _ in steps for module in made)), penalised, shape[-1]
    return wired(steps), penalised, shape[-1]


def wired(steps):
    """A graph: each value is kept until its last reader."""
    last = {name: i for i, (_, _, inputs) in enumerate(steps) for name in inputs}
    plan = [(name, inputs, [one for one in set(inputs) if last[one] == i]) for i, (name, _, inputs) in enumerate(steps)]

    class Wired(nn.Module):
        def __init__(self):
            super().__init__()
            sequences = (nn.Sequential(*made) if len(made) != 1 else made[0] for _, made, _ in steps)
            self.parts = nn.ModuleList(sequences)

        def forward(self, x):
            values = {"input": x}
            for part, (name, inputs, done) in zip(self.parts, plan):
                read = [values[one] for one in inputs]
                for one in done:
                    del values[one]
                values[name] = part(*read)
            return values[plan[-1][0]]

    return Wired()


def modules_of(node, shapes):
    """The modules of a layer but for its activation, and the shape of its output."""
    kind, shape = node["kind"], shapes[0]
    if kind in ("reshape", "flatten"):
        shape = tuple(node["targetShape"]) if kind == "reshape" else (math.prod(shape),)
        return [reshaper(shape)], shape
    if kind == "dense":
        return [nn.Linear(shape[-1], node["units"], bias=node["useBias"])], (*shape[:-1], node["units"])
    if kind == "dropout":
        return [nn.Dropout(node["rate"])], shape
    if kind in ("conv1d", "conv2d", "depthwiseConv2d", "maxPooling1d", "maxPooling2d", "averagePooling2d"):
        return windowed(as_convolution(node, shape[-1]), shape)
    if kind == "globalAveragePooling2d":
        return [joined(lambda values: values[0].mean((2, 3)))], shape[-1:]
    if kind == "add":
        return [joined(sum_of)], shape
    if kind == "concatenate":
        return [joined(lambda values: torch.cat(values, 1))], (*shape[:-1], sum(one[-1] for one in shapes))
    if kind in ("batchNormalization", "layerNormalization"):
        if not (node["scale"] and node["center"]):
            raise NotImplementedError("a normalisation without scale or center")
        if kind == "layerNormalization":
            return [rows_normalised(shape[-1], node["epsilon"])], shape
        make = nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d
        return [make(shape[-1], eps=node["epsilon"], momentum=1 - node["momentum"])], shape
    if kind == "activation":
        return [], shape
    raise NotImplementedError(f"no layer {kind} here")


def sum_of(values):
    total = values[0] + values[1]
    for value in values[2:]:
        total = total + value
    return total


def windowed(node, shape):
    *sizes, channels = shape
    kernel, strides, dilations, padding, out = window_of(node, sizes)
    pooling, made, inner = "Pooling" in node["kind"], [], [before for before, _ in padding]
    uneven = any(before != after for before, after in padding)
    even = [max(zeros) for zeros in padding]
    if uneven and [(n + 2 * p - (k - 1) * d - 1) // s + 1 for n, p, k, d, s in zip(sizes, even, kernel, dilations, strides)] == out:
        inner, uneven = even, False  # as many windows without a copy: other numbers, but less work
    if uneven:
        flat = [zeros for axis in reversed(padding) for zeros in axis]
        made, inner = [nn.ConstantPad2d(flat, -math.inf if pooling else 0.0)], [0] * len(sizes)
    if node["kind"] == "averagePooling2d":
        if uneven:
            raise NotImplementedError("uneven padding of an average pooling")
        return [nn.AvgPool2d(kernel, strides, inner, count_include_pad=False)], (*out, channels)
    if pooling:
        pool = nn.MaxPool1d if len(sizes) == 1 else nn.MaxPool2d
        return [*made, pool(kernel, strides, inner)], (*out, channels)
    convolution = nn.Conv1d if len(sizes) == 1 else nn.Conv2d
    options = {"dilation": dilations, "groups": node["groups"], "bias": node["useBias"]}
    return [*made, convolution(channels, node["filters"], kernel, strides, inner, **options)], (*out, node["filters"])


def parameters_of(model):
    """With the moving statistics, without PyTorch's counter of batches."""
    buffers = (value for name, value in model.named_buffers() if "num_batches" not in name)
    return sum(value.numel() for value in [*model.parameters(), *buffers])


def optimizer_of(spec, parameters):
    kind, rate, O = spec["kind"], spec["learningRate"], torch.optim
    if kind == "adam":
        return O.Adam(parameters, lr=rate, betas=(spec["beta1"], spec["beta2"]), eps=spec["epsilon"], fused=True)
    if kind == "sgd":
        return O.SGD(parameters, lr=rate, momentum=spec["momentum"], nesterov=spec["nesterov"], fused=True)
    if kind == "adadelta":
        return O.Adadelta(parameters, lr=rate, rho=spec["rho"], eps=spec["epsilon"], foreach=True)
    raise NotImplementedError(f"no optimizer {kind} here")


def loss_of(job, labels):
    if not job["loss"]["kind"].lower().endswith("categoricalcrossentropy"):
        raise NotImplementedError(f"no loss {job['loss']['kind']} here")
    if job["loss"]["fromLogits"] or takes_logits(job):
        return lambda y: F.cross_entropy(y, labels)
    return lambda y: F.nll_loss((y / y.sum(1, keepdim=True)).clamp(1e-7, 1 - 1e-7).log(), labels)


def prepare(job):
    torch.manual_seed(1)
    variants, training = {}, job["what"] == "step"
    *sizes, channels = job["inputShape"]
    for layout in ("channels_last", "contiguous"):
        model, penalised, outputs = build(job, drop_softmax=training and takes_logits(job))
        images = torch.rand(job["batch"], channels, *sizes)
        if len(sizes) == 2:
            memory = torch.channels_last if layout == "channels_last" else torch.contiguous_format
            model, images = model.to(memory_format=memory), images.contiguous(memory_format=memory)
        if training:
            labels = torch.randint(0, outputs, (job["batch"],))
            variants[layout] = stepper(model, images, loss_of(job, labels), penalised, job["optimizer"])
        else:
            model.eval()
            variants[layout] = caller(model, images)
            with torch.no_grad():
                variants[f"{layout}, frozen"] = caller(torch.jit.freeze(torch.jit.trace(model, images)), images)
    return parameters_of(model), variants


def stepper(model, images, loss_function, penalised, spec):
    optimizer = optimizer_of(spec, model.parameters())

    def run(steps):
        for _ in range(steps):
            optimizer.zero_grad(set_to_none=True)
            loss = loss_function(model(images))
            for weight, l1, l2 in penalised:
                loss = loss + l2 * weight.square().sum() + (l1 * weight.abs().sum() if l1 else 0)
            loss.backward()
            optimizer.step()

    return run


def caller(model, images):
    @torch.inference_mode()
    def run(calls):
        for _ in range(calls):
            model(images)

    return run
