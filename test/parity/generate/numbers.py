"""Random inputs that are short in JSON, and the writing of golden files."""

import json
import math

import numpy as np


def short_normal(rng, shape, scale=1.0, decimals=3):
    """Normal numbers rounded to a few decimals, none of them near zero: the rounded value *is* the input."""
    values = rng.normal(size=shape) * scale
    smallest = 5 * 10.0**-decimals
    values = np.where(np.abs(values) < smallest, np.copysign(smallest, values), values)
    return np.round(values, decimals)


def nine_digits(value):
    """A number with nine significant digits, an int when it is one; arrays are flattened, row-major."""
    if isinstance(value, np.ndarray):
        return [nine_digits(item) for item in value.ravel().tolist()]
    if isinstance(value, int):
        return value
    if not math.isfinite(value):
        raise ValueError("JSON has no NaN and no infinity")
    rounded = float(f"{value:.9g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded


def to_json(value):
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    if value is None or isinstance(value, (bool, str)):
        return value
    return nine_digits(value.item() if isinstance(value, np.generic) else value)


def write_cases(path, cases):
    """One case per line, so that a diff names the cases that moved."""
    lines = [json.dumps(to_json(case), separators=(",", ":")) for case in cases]
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n")


def write_object(path, value):
    """One key per line."""
    lines = [f"{json.dumps(key)}:{json.dumps(to_json(item), separators=(',', ':'))}" for key, item in value.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def write_exact(path, value):
    """One key per line, every digit."""
    lines = [f"{json.dumps(key)}:{json.dumps(item, separators=(',', ':'))}" for key, item in value.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def relative_gap(actual, expected):
    """Largest absolute difference, as a fraction of the largest expected magnitude (at least 1e-12)."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    return float(np.max(np.abs(actual - expected)) / max(np.max(np.abs(expected)), 1e-12))
