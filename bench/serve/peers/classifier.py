"""The model of all peers: an ONNX file that Heddle exported, one thread a process, and Pillow for the pictures."""

import io
import os

import numpy as np
import onnxruntime as ort
from PIL import Image

CLASSES = os.environ["CLASSES"].split(",")

options = ort.SessionOptions()
# More threads than one make a network this small slower; the processes use the other cores.
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1


class Classifier:
    def __init__(self):
        self.session = ort.InferenceSession(os.environ["MODEL"], options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name

    def __call__(self, png):
        return self.picture(Image.open(io.BytesIO(png)))

    def picture(self, image):
        return self.many([image])[0]

    def many(self, images):
        pixels = [np.asarray(image.convert("L"), np.float32) / 255 for image in images]
        rows = self.session.run(None, {self.input: np.stack(pixels)[..., None]})[0]
        return [self.answer(row) for row in rows]

    def answer(self, row):
        return {"label": CLASSES[int(row.argmax())], "probabilities": row.tolist()}
