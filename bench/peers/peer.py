"""
A peer of the benchmark as a process: it builds the network it is given, runs it and says how long that took.

    python peer.py <keras | pytorch | jax | onnxruntime> <threads>

Protocol (README.md): one JSON object per line, on stdin the requests and on stdout the answers.

    {"prepare": job}   -> {"parameters", "variant"}, or {"error"}
    {"run": n}         -> {"ms": [...]}: of training the mean of n steps, of inference each of n calls
"""

import importlib
import json
import os
import sys
import time


def milliseconds(run, calls):
    start = time.perf_counter()
    run(calls)
    return (time.perf_counter() - start) * 1000 / calls


def fastest(variants):
    """The name of the variant that does best in a short trial; the first calls allocate, trace and compile."""
    best, failure = {}, None
    for name, run in variants.items():
        try:
            run(1)
            run(2)
            best[name] = min(milliseconds(run, 3) for _ in range(3))
        except Exception as error:  # noqa: BLE001: a variant that a version of the peer cannot do
            failure = error
    if not best:
        raise failure
    return min(best, key=best.get)


def main():
    name, threads = sys.argv[1], int(sys.argv[2])
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print is no answer

    def answer(**fields):
        answers.write(json.dumps(fields) + "\n")

    try:
        module = importlib.import_module(f"{name}_peer")
        version = module.start(threads)
    except ImportError as error:
        return answer(error=str(error))
    answer(name=name, version=version, threads=threads)
    run, training = None, False
    for line in sys.stdin:
        request = json.loads(line)
        if "prepare" in request:
            job = request["prepare"]
            try:
                parameters, variants = module.prepare(job)
                variant = fastest(variants)
            except Exception as error:  # noqa: BLE001: whatever a peer cannot do is named in the results
                answer(error=f"{type(error).__name__}: {error}".split("\n")[0][:300])
                continue
            run, training = variants[variant], job["what"] == "step"
            answer(parameters=parameters, variant=variant)
        else:
            calls = request["run"]
            answer(ms=[milliseconds(run, calls)] if training else [milliseconds(run, 1) for _ in range(calls)])


main()
