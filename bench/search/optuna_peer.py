"""
Optuna's default sampler as a process (bench/search/contestants.ts): one JSON object a line on stdin, one answer a line on stdout.

    {"space": [...], "seed": n}  -> {"version"}      begins a new search
    {"ask": true}                -> {"parameters"}
    {"tell": loss}               -> nothing

`--sampler random` and `--sampler gp` run its other samplers.
"""

import json
import sys

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
SAMPLERS = {
    "tpe": optuna.samplers.TPESampler,
    "random": optuna.samplers.RandomSampler,
    "gp": optuna.samplers.GPSampler,
}


def suggest(trial, parameter):
    name, kind = parameter["name"], parameter["kind"]
    if kind == "choice":
        return parameter["values"][trial.suggest_categorical(name, range(len(parameter["values"])))]
    low, high = parameter["low"], parameter["high"]
    if kind == "intRange":
        step = 1 if parameter["log"] else parameter["step"]
        return trial.suggest_int(name, low, high, step=step, log=parameter["log"])
    return trial.suggest_float(name, low, high, log=kind == "logUniform")


def main():
    kind = sys.argv[2] if "--sampler" in sys.argv else "tpe"
    study = trial = space = None
    for line in sys.stdin:
        request = json.loads(line)
        if "space" in request:
            space = request["space"]
            study = optuna.create_study(sampler=SAMPLERS[kind](seed=request["seed"]))
            answer = {"version": optuna.__version__}
        elif "ask" in request:
            trial = study.ask()
            parameters = {}
            for parameter in space:
                conditions = (parameter.get("when") or {}).items()
                if all(parameters.get(name) in values for name, values in conditions):
                    parameters[parameter["name"]] = suggest(trial, parameter)
            answer = {"parameters": parameters}
        else:
            study.tell(trial, request["tell"])
            continue
        print(json.dumps(answer), flush=True)


main()
