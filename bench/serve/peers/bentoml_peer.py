"""BentoML with ONNX Runtime: `bentoml serve bentoml_peer:Service`."""

import os

import bentoml
from classifier import Classifier
from PIL import Image


@bentoml.service(workers=int(os.environ.get("WORKERS", "2")), metrics={"enabled": False}, logging={"access": {"enabled": False}})
class Service:
    def __init__(self):
        self.classify = Classifier()

    @bentoml.api(route="/predict")
    async def predict(self, picture: Image.Image, /) -> dict:
        return self.classify.picture(picture)
