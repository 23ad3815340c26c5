"""LitServe with ONNX Runtime: `python litserve_peer.py PORT`."""

import io
import os
import sys
from typing import Annotated

import litserve
from classifier import Classifier
from fastapi import Body
from PIL import Image


class Api(litserve.LitAPI):
    def setup(self, device):
        self.classify = Classifier()

    def decode_request(self, request: Annotated[bytes, Body()]):
        return Image.open(io.BytesIO(request))

    def predict(self, image):
        return self.classify.many(image) if isinstance(image, list) else self.classify.picture(image)

    def encode_response(self, output) -> dict:
        return output


if __name__ == "__main__":
    batch = int(os.environ.get("BATCH", "1"))
    api = Api(max_batch_size=batch, batch_timeout=0.001 if batch > 1 else 0, api_path="/predict")
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=int(os.environ.get("WORKERS", "2")))
    server.run(port=int(sys.argv[1]), num_api_servers=int(os.environ.get("SERVERS", "1")), log_level="warning", generate_client_file=False)
