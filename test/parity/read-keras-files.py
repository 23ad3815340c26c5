"""Has Keras load every file of a folder that write-keras-files.ts wrote: python read-keras-files.py FOLDER.

Prints the largest difference to the outputs in the files, and ends with 1 if one is above 1e-5 of the largest output.
"""

import base64
import json
import os
import sys
import zipfile

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
try:
    import torch  # noqa: F401

    os.environ.setdefault("KERAS_BACKEND", "torch")
except ImportError:
    pass
import h5py
import keras

folder = sys.argv[1]
worst, failed = 0.0, []
names = sorted(name for name in os.listdir(folder) if name.endswith((".keras", ".h5")))
for name in names:
    path = os.path.join(folder, name)
    try:
        if name.endswith(".keras"):
            about = json.loads(zipfile.ZipFile(path).read("metadata.json"))["heddle"]
        else:
            about = json.loads(h5py.File(path).attrs["heddle"])
        model = keras.models.load_model(path, compile=False)
        shape = model.input_shape[1:]
        inputs = np.frombuffer(base64.b64decode(about["golden"]["inputs"]), np.uint8).reshape(-1, *shape)
        scale = np.float32(1 / 255) if about["pixelRange"] == "unit" else np.float32(1)
        expected = np.frombuffer(base64.b64decode(about["golden"]["outputs"]), np.float32).reshape(len(inputs), -1)
        outputs = np.asarray(model.predict(inputs.astype(np.float32) * scale, verbose=0))
        if outputs.shape[1] < expected.shape[1]:
            outputs = np.concatenate([1 - outputs, outputs], axis=1)
        difference = float(np.abs(outputs - expected).max() / max(1.0, np.abs(expected).max()))
        worst = max(worst, difference)
        if not difference < 1e-5:
            failed.append(f"{name}: {difference:.2g}")
    except Exception as error:  # noqa: BLE001
        failed.append(f"{name}: {type(error).__name__}: {str(error)[:400]}")
print(f"Keras {keras.__version__}: {len(names)} files, largest difference {worst:.2g}")
for line in failed:
    print(line)
sys.exit(1 if failed else 0)
