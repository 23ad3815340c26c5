"""
golden/importance.json: how important parameters are by PED-ANOVA, as Optuna computes it.

Trials are drawn at random; losses are simple functions of the parameters with noise, rounded, so that some of them tie.
"""

import numpy as np
import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

optuna.logging.set_verbosity(optuna.logging.ERROR)

SPACE = {
    "learningRate": {"kind": "logUniform", "low": 1e-4, "high": 1e-1},
    "dropout": {"kind": "uniform", "low": 0, "high": 0.6},
    "filters": {"kind": "intRange", "low": 8, "high": 64, "step": 8},
    "units": {"kind": "intRange", "low": 16, "high": 512, "log": True},
    "epochs": {"kind": "intRange", "low": 1, "high": 200},
    "activation": {"kind": "choice", "values": ["relu", "tanh", "elu", "selu"]},
    "depth": {"kind": "choice", "values": [1, 2, 3]},
    "second": {"kind": "logUniform", "low": 1, "high": 100, "when": {"depth": [2, 3]}},
}


def distribution_of(spec):
    match spec["kind"]:
        case "uniform":
            return FloatDistribution(spec["low"], spec["high"])
        case "logUniform":
            return FloatDistribution(spec["low"], spec["high"], log=True)
        case "intRange":
            return IntDistribution(spec["low"], spec["high"], step=spec.get("step", 1), log=spec.get("log", False))
        case "choice":
            return CategoricalDistribution(spec["values"])


def drawn(rng, spec):
    low, high = spec.get("low"), spec.get("high")
    match spec["kind"]:
        case "uniform":
            return float(np.round(rng.uniform(low, high), 4))
        case "logUniform":
            return float(np.clip(float(f"{np.exp(rng.uniform(np.log(low), np.log(high))):.4g}"), low, high))
        case "intRange":
            return int(low + spec.get("step", 1) * rng.integers(0, (high - low) // spec.get("step", 1) + 1))
        case "choice":
            return spec["values"][rng.integers(len(spec["values"]))]


def loss_of(p, noise):
    far = (np.log10(p["learningRate"]) + 2.5) ** 2
    second = np.log10(p["second"]) if "second" in p else 1
    return float(np.round(far + 0.5 * p["dropout"] + (p["activation"] == "tanh") + 0.3 * second + noise, 2))


def case(name, count, seed, names, noise):
    rng = np.random.default_rng(seed)
    study = optuna.create_study()
    trials = []
    for _ in range(count):
        parameters = {key: drawn(rng, SPACE[key]) for key in SPACE}
        if parameters["depth"] == 1:
            del parameters["second"]
        loss = loss_of(parameters, noise * rng.normal())
        shown = {key: value for key, value in parameters.items() if key in names}
        trials.append({"parameters": shown, "loss": loss})
        study.add_trial(
            optuna.create_trial(
                params=shown, distributions={key: distribution_of(SPACE[key]) for key in shown}, value=loss
            )
        )
    evaluator = PedAnovaImportanceEvaluator()
    importance = get_param_importances(study, evaluator=evaluator)
    return {
        "name": name,
        "space": {key: SPACE[key] for key in names},
        "trials": trials,
        "importance": {key: importance[key] for key in names},
    }


def make_importance():
    every = list(SPACE)
    always = [key for key in every if key != "second"]
    return [
        case("200 trials of eight parameters", 200, 1, every, 0.2),
        case("60 trials, much noise", 60, 2, always, 1),
        case("30 trials", 30, 3, always, 0.1),
        case("8 trials, one of them good", 8, 4, always, 0.1),
        case("a condition", 100, 5, ["depth", "second", "dropout"], 0.1),
        case("one parameter", 40, 6, ["dropout"], 0.1),
    ]
