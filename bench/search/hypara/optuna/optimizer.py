"""Optuna's default sampler as an optimizer of hypara; it runs with the Python of the judge, which needs optuna==5.0.0."""

import json
import sys

import optuna


def suggest(trial, parameter):
    name, kind = parameter["name"], parameter["type"]
    if kind == "bool":
        return trial.suggest_categorical(name, [False, True])
    if kind == "categorical":
        return trial.suggest_categorical(name, parameter["choices"])
    call = trial.suggest_int if kind == "int" else trial.suggest_float
    return call(name, parameter["low"], parameter["high"], log=parameter.get("log", False))


def main():
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = trial = space = None
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "init":
            space = message["problem"]["space"]
            sampler = optuna.samplers.TPESampler(seed=message["optimizer_seed"])
            study = optuna.create_study(sampler=sampler, direction="maximize")
            print(json.dumps({"type": "ready"}), flush=True)
        elif message["type"] == "ask":
            trial = study.ask()
            candidate = {}
            for parameter in sorted(space, key=lambda one: one.get("condition") is not None):
                condition = parameter.get("condition")
                if condition is None or candidate.get(condition["param"]) in condition["equals"]:
                    candidate[parameter["name"]] = suggest(trial, parameter)
            print(json.dumps({"type": "propose", "candidate": candidate}), flush=True)
        elif message["type"] == "tell":
            if message["score"] is None:
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
            else:
                study.tell(trial, message["score"])


main()
