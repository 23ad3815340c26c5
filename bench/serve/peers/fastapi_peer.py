"""FastAPI with ONNX Runtime, as its documentation has it: `uvicorn fastapi_peer:app --workers 2`, with uvloop and httptools."""

from classifier import Classifier
from fastapi import FastAPI, Request

app = FastAPI()
classify = Classifier()


# The network takes less time than a change of the thread, so the call is made in the event loop.
@app.post("/predict")
async def predict(request: Request):
    return classify(await request.body())
