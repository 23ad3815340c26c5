"""
Asks a running `heddle serve` through other people's clients, unchanged: tritonclient (HTTP, also with asyncio and greenlets) and kserve.
Every way of sending the same images must give the same probabilities.

    npx jiti test/parity/serving/clients.ts                                       # installs them, serves a model, and asks
    python test/parity/serving/clients.py 127.0.0.1:8431 standard                 # a server of your own

The model must take pictures and map bytes to 0 … 1.
"""

import asyncio
import struct
import sys
import zlib

import numpy as np
import tritonclient.http as http
import tritonclient.http.aio as aio
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig
from tritonclient.utils import InferenceServerException

address, model = sys.argv[1:]
checked = []


def check(name, right):
    print(f"{'ok    ' if right else 'WRONG '} {name}", flush=True)
    checked.append(right)


def same(one, other):
    return one.shape == other.shape and np.array_equal(one, other)


def png(pixels):
    """A PNG file of [height, width, channels] bytes, without filters."""
    height, width, channels = pixels.shape
    part = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    head = struct.pack(">IIBBBBB", width, height, 8, 0 if channels == 1 else 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")


def tensor(values, binary=True, datatype=None):
    datatype = datatype or {"uint8": "UINT8", "float32": "FP32"}.get(str(values.dtype), "BYTES")
    one = http.InferInput("images", list(values.shape), datatype)
    one.set_data_from_numpy(values, binary_data=binary)
    return one


def wanted(binary=True, classes=0):
    return [http.InferRequestedOutput("probabilities", binary_data=binary, class_count=classes)]


client = http.InferenceServerClient(address, concurrency=4)
shape = client.get_model_metadata(model)["inputs"][0]["shape"][1:]
images = np.random.default_rng(1).integers(0, 256, [3, *shape], np.uint8)
# As the model scales bytes: a product, whose last bit a quotient need not have.
floats = images * np.float32(1 / 255)
files = np.array([png(image) for image in images], dtype=np.object_)


def triton():
    check("triton: live, ready, model ready", client.is_server_live() and client.is_server_ready() and client.is_model_ready(model))
    check("triton: version ready, another one not", client.is_model_ready(model, "1") and not client.is_model_ready(model, "99"))
    check("triton: server metadata", "binary_tensor_data" in client.get_server_metadata()["extensions"])
    check("triton: repository index", any(one["name"] == model and one["state"] == "READY" for one in client.get_model_repository_index()))
    config = client.get_model_config(model)
    check("triton: config", config["input"][0]["dims"] == shape and config["max_batch_size"] > 0)

    ask = lambda *arguments, **options: client.infer(model, [tensor(*arguments)], **options).as_numpy("probabilities")
    expected = ask(images)
    check("triton: probabilities add up to 1", expected.shape[0] == 3 and np.allclose(expected.sum(1), 1, atol=1e-5))
    check("triton: UINT8 as JSON", same(ask(images, False), expected))
    check("triton: UINT8 as JSON, JSON back", same(ask(images, False, outputs=wanted(False)), expected))
    check("triton: FP32 binary and as JSON", same(ask(floats), expected) and same(ask(floats, False), expected))
    check("triton: BYTES, the same images as PNG files", same(ask(files), expected))
    for kind in ("gzip", "deflate"):
        check(f"triton: {kind}", same(ask(images, request_compression_algorithm=kind, response_compression_algorithm=kind), expected))
    check("triton: one version", same(ask(images, model_version="1"), expected))
    check("triton: the id comes back", client.infer(model, [tensor(images)], request_id="a7").get_response()["id"] == "a7")

    for binary in (True, False):
        top = ask(images, outputs=wanted(binary, 2)).astype(str)
        order = np.argsort(-expected, 1, kind="stable")[:, :2]
        right = [[int(text.split(":")[1]) for text in row] for row in top] == order.tolist()
        check(f"triton: classification, {'binary' if binary else 'JSON'}: {top[0][0]}", right)

    waiting = [client.async_infer(model, [tensor(images[i % 3 : i % 3 + 1])]) for i in range(40)]
    answers = [one.get_result().as_numpy("probabilities") for one in waiting]
    check("triton: 40 at once, greenlets", all(same(answer, expected[i % 3 : i % 3 + 1]) for i, answer in enumerate(answers)))

    before = client.get_inference_statistics(model)["model_stats"][0]
    ask(images)
    after = client.get_inference_statistics(model, "1")["model_stats"][0]
    grown = [after[name] - before[name] for name in ("inference_count", "execution_count")]
    check("triton: statistics", grown == [3, 1] and after["inference_stats"]["compute_infer"]["ns"] > before["inference_stats"]["compute_infer"]["ns"])

    refused = {
        "another model": lambda: client.infer("nobody", [tensor(images)]),
        "another shape": lambda: client.infer(model, [tensor(images[:, 1:])]),
        "another datatype": lambda: client.infer(model, [tensor(images.astype(np.int64), datatype="INT64")]),
        "no picture": lambda: client.infer(model, [tensor(np.array([b"no picture"], dtype=np.object_))]),
    }
    for name, attempt in refused.items():
        try:
            attempt()
            check(f"triton: {name} is refused", False)
        except InferenceServerException as error:
            check(f"triton: {name} is refused: {error.status()} {error.message()}", error.status().startswith("4"))
    return expected


async def triton_aio(expected):
    async with aio.InferenceServerClient(address, conn_limit=8) as client:
        results = await asyncio.gather(*[client.infer(model, [tensor(images)]) for _ in range(16)])
        check("triton: asyncio, 16 at once", all(same(one.as_numpy("probabilities"), expected) for one in results))


async def kserve(expected):
    client, url = InferenceRESTClient(RESTConfig(protocol="v2")), f"http://{address}"
    check("kserve: live, ready, model ready", all([await client.is_server_live(url), await client.is_server_ready(url), await client.is_model_ready(url, model)]))
    cases = {"UINT8": images, "FP32": floats, "BYTES": files}
    for datatype, values in cases.items():
        for binary in (True, False):
            # As UTF-8 texts PNG files cannot be sent.
            if datatype == "BYTES" and not binary:
                continue
            one = InferInput("images", list(values.shape), datatype)
            one.set_data_from_numpy(values, binary_data=binary)
            for back in (True, False):
                request = InferRequest(model, [one], parameters={"binary_data_output": back})
                answer = await client.infer(url, request, model_name=model)
                got = np.array(answer.outputs[0].as_numpy(), np.float32)
                names = f"{'binary' if binary else 'JSON'}, {'binary' if back else 'JSON'} back"
                check(f"kserve: {datatype} {names}", same(got, expected))


expected = triton()
asyncio.run(triton_aio(expected))
asyncio.run(kserve(expected))
print(f"{sum(checked)} of {len(checked)}")
sys.exit(0 if all(checked) else 1)
