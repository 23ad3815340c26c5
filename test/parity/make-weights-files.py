"""Files that hold weights without their model, with what the network answers: python make-weights-files.py NAME.

Run it with PyTorch 2.15 and safetensors 0.8 (NAME pytorch), with Keras 3.15.1 (keras3) and with TensorFlow 2.15.1 (keras2), all on
Python 3.11. Writes golden/weights/NAME.safetensors or NAME.h5, and NAME.json. The same network is in weights-files.test.ts.
"""

import json
import os
import sys

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
name = sys.argv[1]
folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden", "weights")
os.makedirs(folder, exist_ok=True)
random = np.random.default_rng(11)
images = random.integers(0, 256, (4, 6, 5, 3), dtype=np.uint8)


def number(key, shape):
    values = random.normal(0, 0.4, shape)
    return np.abs(values) * 0.5 + 0.1 if "var" in key else values


def pytorch():
    import torch
    from safetensors.torch import save_file
    from torch import nn

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Conv2d(3, 4, 3, padding=1)
            self.norm = nn.BatchNorm2d(4)
            self.deep = nn.Conv2d(4, 4, 3, groups=4, bias=False)
            self.slope = nn.PReLU(4)
            self.group = nn.GroupNorm(2, 4, eps=1e-3)
            self.rows = nn.BatchNorm1d(4 * 4 * 3)
            self.fc = nn.Linear(4 * 4 * 3, 3)

        def forward(self, x):
            x = torch.relu(self.norm(self.stem(x)))
            x = self.group(self.slope(self.deep(x)))
            return torch.softmax(self.fc(self.rows(torch.flatten(x, 1))), 1)

    network = Network().eval()
    state = {key: torch.from_numpy(number(key, value.shape).astype(np.float32)) for key, value in network.state_dict().items() if value.ndim > 0}
    state["deep.weight"] = state["deep.weight"].half()
    state["fc.weight"] = state["fc.weight"].bfloat16()
    network.load_state_dict({**network.state_dict(), **{key: value.float() for key, value in state.items()}})
    whole = {key: state.get(key, value) for key, value in network.state_dict().items()}
    save_file(whole, os.path.join(folder, "pytorch.safetensors"), metadata={"order": json.dumps(list(whole))})
    with torch.no_grad():
        return network(torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255).numpy()


def keras():
    if name == "keras2":
        from tensorflow import keras
    else:
        os.environ.setdefault("KERAS_BACKEND", "torch")
        import keras
    L = keras.layers
    network = keras.Sequential(
        [
            keras.Input((6, 5, 3)),
            L.Conv2D(4, 3, padding="same", name="block/stem" if name == "keras2" else "stem"),
            L.BatchNormalization(name="norm"),
            L.ReLU(),
            L.DepthwiseConv2D(3, use_bias=False, name="deep"),
            L.Flatten(),
            L.Dense(3, activation="softmax", name="fc"),
        ]
    )
    network.set_weights([number(v.name if name == "keras2" else v.path, w.shape) for v, w in zip(network.weights, network.get_weights())])
    path = os.path.join(folder, "keras2.h5" if name == "keras2" else "keras3.weights.h5")
    network.save_weights(path)
    return network.predict(images.astype(np.float32) / 255, verbose=0)


outputs = pytorch() if name == "pytorch" else keras()
with open(os.path.join(folder, f"{name}.json"), "w") as file:
    json.dump({"inputs": images.flatten().tolist(), "outputs": np.asarray(outputs).flatten().tolist()}, file)
