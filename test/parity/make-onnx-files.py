"""Writes small ONNX models of three exporters, with what ONNX Runtime answers, for test/parity/onnx-files.test.ts.

    python test/parity/make-onnx-files.py

torch.onnx in its old and its new form (dynamo, with the weights in a file beside it), and Keras through tf2onnx. Needs torch, keras,
tensorflow, tf2onnx, onnxscript and onnxruntime.
"""

import json
import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn

FOLDER = pathlib.Path(__file__).parent / "golden" / "onnx"
FOLDER.mkdir(parents=True, exist_ok=True)
SIZE = 16
rng = np.random.default_rng(7)
pictures = rng.integers(0, 256, (3, SIZE, SIZE, 3), dtype=np.uint8)


class Excite(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.down = nn.Conv2d(channels, 4, 1)
        self.up = nn.Conv2d(4, channels, 1)

    def forward(self, x):
        s = torch.relu(self.down(self.pool(x)))
        return x * nn.functional.hardsigmoid(self.up(s))


class Mobile(nn.Module):
    """Depthwise convolutions, a residual branch, squeeze and excite, a channel shuffle, hard swish."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU6())
        self.depth = nn.Sequential(nn.Conv2d(8, 8, 5, 1, 2, groups=8, bias=False), nn.BatchNorm2d(8), nn.Hardswish())
        self.excite = Excite(8)
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.grouped = nn.Conv2d(8, 12, 3, padding=1, groups=2)
        self.head = nn.Linear(12 * 4 * 4, 5)

    def forward(self, x):
        x = self.stem(x / 255)
        x = x + self.excite(self.depth(x))
        x = self.pool(x)
        n, c, h, w = x.shape
        x = x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)
        x = nn.functional.gelu(self.grouped(x))
        x = x.view(x.size(0), -1)
        return torch.softmax(self.head(x), dim=1)


class Plain(nn.Module):
    """Asymmetric padding, dilation, average pooling that counts its zeros, silu, mish, prelu, two branches."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 6, 3, dilation=2)
        self.slopes = nn.PReLU(6)
        self.left = nn.Conv2d(6, 4, 1)
        self.right = nn.Conv2d(6, 4, 3, padding=1)
        self.pool = nn.AvgPool2d(2, 2, padding=1)
        self.up = nn.Upsample(scale_factor=2)
        self.head = nn.Linear(8, 4)

    def forward(self, x):
        x = nn.functional.pad(x * 0.01, (1, 0, 2, 0))
        x = self.slopes(self.first(x))
        x = torch.cat([nn.functional.silu(self.left(x)), nn.functional.mish(self.right(x))], dim=1)
        x = self.up(self.pool(x))
        x = x.mean([2, 3])
        return torch.softmax(self.head(x), dim=-1)


def shaken(model):
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for name, values in [*model.named_parameters(), *model.named_buffers()]:
            if values.dtype == torch.float32:
                low = 0.5 if "var" in name else -0.5
                scale = 1 if values.ndim < 2 else (12 / values[0].numel()) ** 0.5
                values.copy_(scale * (low + torch.rand(values.shape, generator=generator)))
    return model.eval()


answers = {}


def answer(name, channels_first):
    inputs = pictures.astype(np.float32)
    if channels_first:
        inputs = np.ascontiguousarray(inputs.transpose(0, 3, 1, 2))
    session = onnxruntime.InferenceSession(str(FOLDER / name), providers=["CPUExecutionProvider"])
    key = session.get_inputs()[0].name
    rows = [session.run(None, {key: inputs[i : i + 1]})[0].reshape(-1) for i in range(len(inputs))]
    answers[name] = [float(value) for value in np.concatenate(rows)]


def from_torch():
    example = torch.zeros(1, 3, SIZE, SIZE)
    for label, model in [("mobile", shaken(Mobile())), ("plain", shaken(Plain()))]:
        old = f"torch-{label}.onnx"
        axes = {"x": {0: "batch"}, "y": {0: "batch"}}
        torch.onnx.export(model, (example,), str(FOLDER / old), dynamo=False, input_names=["x"], output_names=["y"],
                          dynamic_axes=axes, opset_version=13)
        answer(old, True)
        new = f"dynamo-{label}.onnx"
        torch.onnx.export(model, (example,), str(FOLDER / new), dynamo=True, external_data=True, verbose=False)
        answer(new, True)


def from_keras():
    import keras

    keras.utils.set_random_seed(3)
    layers = keras.layers
    model = keras.Sequential([
        keras.Input((SIZE, SIZE, 3)),
        layers.Rescaling(1 / 255),
        layers.Conv2D(6, 3, strides=2, padding="same", activation="relu"),
        layers.BatchNormalization(),
        layers.DepthwiseConv2D(3, padding="same"),
        layers.MaxPooling2D(2),
        layers.SeparableConv2D(8, 3, padding="same", activation="swish"),
        layers.Flatten(),
        layers.Dense(8, activation="relu"),
        layers.Dense(4, activation="softmax"),
    ])
    for weights in model.weights:
        low = 0.5 if "variance" in weights.path else -0.5
        fan = max(1, int(np.prod(weights.shape[:-1]))) if len(weights.shape) > 1 else 12
        weights.assign((12 / fan) ** 0.5 * (low + rng.random(weights.shape)))
    model(np.zeros((1, SIZE, SIZE, 3), np.float32))
    name = "keras-sequential.onnx"
    model.export(str(FOLDER / name), format="onnx", verbose=False)
    answer(name, False)


from_torch()
from_keras()
facts = {"onnxruntime": onnxruntime.__version__, "onnx": onnx.__version__, "torch": torch.__version__}
data = {"inputs": pictures.reshape(-1).tolist(), "facts": facts, "answers": answers}
(FOLDER / "answers.json").write_text(json.dumps(data))
for file in sorted(FOLDER.iterdir()):
    print(file.name, file.stat().st_size)
