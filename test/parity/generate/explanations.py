"""golden/explanations.json: what Captum says about small networks in inference mode, in float64."""

import numpy as np
import torch
import torch.nn.functional as F
from captum.attr import IntegratedGradients, LayerGradCam, Occlusion, Saliency

from generate.layers import activate, conv, conv1d, dense, pool, reshape
from generate.oracles import channels_first, channels_last, torch_node

STEPS = 8


def batch_norm():
    return {"kind": "batchNormalization", "epsilon": 1e-3}


FLATTEN, ADD = {"kind": "flatten"}, {"kind": "add"}

# name: (input shape, nodes, layers for Grad-CAM, occluding window, its strides)
NETWORKS = {
    "convolution, pooling, dense": (
        (8, 8, 1),
        {
            "first": (conv(3, activation="relu"), "input"),
            "small": (pool("max"), "first"),
            "row": (FLATTEN, "small"),
            "head": (dense(4, "softmax"), "row"),
        },
        ["first", "small"], (3, 3), (2, 2),
    ),
    "colours, batch normalisation, average": (
        (7, 6, 3),
        {
            "first": (conv(4, padding="same"), "input"),
            "normal": (batch_norm(), "first"),
            "curve": (activate("tanh"), "normal"),
            "mean": ({"kind": "globalAveragePooling2d", "keepdims": False}, "curve"),
            "head": (dense(3, "softmax"), "mean"),
        },
        ["first", "normal", "curve"], (2, 3), (1, 2),
    ),
    "a shortcut": (
        (6, 6, 2),
        {
            "stem": (conv(3, activation="relu"), "input"),
            "branch": (conv(3, padding="same", activation="relu"), "stem"),
            "sum": (ADD, "stem", "branch"),
            "row": (FLATTEN, "sum"),
            "hidden": (dense(5, "relu"), "row"),
            "head": (dense(3, "sigmoid"), "hidden"),
        },
        ["stem", "sum"], (4, 4), (3, 3),
    ),
    "a sequence": (
        (5, 4, 1),
        {
            "rows": (reshape(5, 4), "input"),
            "first": (conv1d(3, 2, activation="relu"), "rows"),
            "row": (FLATTEN, "first"),
            "head": (dense(3), "row"),
        },
        ["first"], (1, 4), (1, 4),
    ),
}  # fmt: skip


class Network(torch.nn.Module):
    """A graph whose every node can be hooked; ends in the logits, or with `head` in what follows them."""

    def __init__(self, nodes, parameters, head):
        super().__init__()
        self.nodes, self.own = nodes, parameters
        self.head = head
        self.taps = torch.nn.ModuleDict({name: torch.nn.Identity() for name in nodes})

    def forward(self, images):
        values = {"input": images}
        for name, (spec, *sources) in self.nodes.items():
            own = {key.split("/")[1]: value for key, value in self.own.items() if key.startswith(f"{name}/")}
            inputs = [values[source] for source in sources]
            if spec["kind"] == "batchNormalization":
                value = F.batch_norm(
                    inputs[0], own["movingMean"], own["movingVariance"], own["gamma"], own["beta"], training=False, eps=spec["epsilon"]
                )
            else:
                ends = name == list(self.nodes)[-1] and not self.head
                value = torch_node({**spec, "activation": "linear"} if ends else spec, own, inputs)
            values[name] = self.taps[name](value)
        return values[name]


def shapes_of(nodes, input_shape):
    """The parameters that each node has, given what enters it."""
    shapes, parameters = {"input": input_shape}, {}
    for name, (spec, *sources) in nodes.items():
        shape, kind = shapes[sources[0]], spec["kind"]
        if kind == "conv2d":
            parameters |= {f"{name}/kernel": (spec["filters"], *spec["kernelSize"], shape[-1]), f"{name}/bias": (spec["filters"],)}
            less = 0 if spec["padding"] == "same" else spec["kernelSize"][0] - 1
            shape = (shape[0] - less, shape[1] - less, spec["filters"])
        elif kind == "conv1d":
            parameters |= {f"{name}/kernel": (spec["filters"], spec["kernelSize"], shape[-1]), f"{name}/bias": (spec["filters"],)}
            shape = (shape[0] - spec["kernelSize"] + 1, spec["filters"])
        elif kind == "dense":
            parameters |= {f"{name}/kernel": (spec["units"], shape[-1]), f"{name}/bias": (spec["units"],)}
            shape = (spec["units"],)
        elif kind == "batchNormalization":
            parameters |= {f"{name}/{own}": shape[-1:] for own in ("gamma", "beta", "movingMean", "movingVariance")}
        elif kind == "maxPooling2d":
            shape = (shape[0] // 2, shape[1] // 2, shape[2])
        elif kind.startswith("global"):
            shape = shape[-1:]
        elif kind == "reshape":
            shape = tuple(spec["targetShape"])
        elif kind == "flatten":
            shape = (int(np.prod(shape)),)
        shapes[name] = shape
    return parameters


def sixty_fourths(values):
    """Exact in float32, so that both sides see the same numbers."""
    return np.round(np.asarray(values) * 64) / 64


def make_explanations():
    for seed, (title, (shape, nodes, layers, window, strides)) in enumerate(NETWORKS.items()):
        rng = np.random.default_rng(910 + seed)
        parameters = {
            name: np.abs(sixty_fourths(rng.normal(size=own))) + 0.5 if name.endswith("Variance") else sixty_fourths(rng.normal(size=own) / 2)
            for name, own in shapes_of(nodes, shape).items()
        }
        images = sixty_fourths(rng.uniform(0.1, 1, size=(2, *shape)))
        classes = [1, 2]
        tensors = {name: torch.tensor(value) for name, value in parameters.items()}
        logits, outputs = Network(nodes, tensors, head=False), Network(nodes, tensors, head=True)
        x = channels_first(torch.tensor(images))
        numpy_of = lambda tensor: channels_last(tensor.detach()).numpy()  # noqa: E731
        integrated, gap = IntegratedGradients(logits).attribute(
            x, torch.zeros_like(x), classes, n_steps=STEPS, method="gausslegendre", return_convergence_delta=True
        )
        yield {
            "name": title,
            "nodes": nodes,
            "inputShape": shape,
            "parameters": parameters,
            "images": images,
            "classes": classes,
            "saliency": numpy_of(Saliency(logits).attribute(x, classes)),
            "steps": STEPS,
            "integratedGradients": numpy_of(integrated),
            "convergenceDelta": gap.numpy(),
            "gradCam": {
                layer: numpy_of(LayerGradCam(logits, logits.taps[layer]).attribute(x, classes, relu_attributions=True)) for layer in layers
            },
            "window": window,
            "strides": strides,
            # Captum moves its window over all channels at once when it is as deep as they are.
            "occlusion": numpy_of(
                Occlusion(outputs).attribute(x, (shape[2], *window), (shape[2], *strides), 0, classes)[:, :1]
            ),
        }
