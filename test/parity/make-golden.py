"""
Writes golden/layers.json, losses.json, training.json and penalties.json: what Keras 3 and PyTorch compute, in float64, for Heddle's
layers, losses, optimizers, regularizers, class weights and top-k accuracy; augmentation.json, in float32; models.json: the reports'
22 models; moving.json, by Keras 2 in float32; reports.json: what scikit-learn and NumPy print; and statistics.json: what scikit-learn,
SciPy and statsmodels measure; explanations.json: what Captum says about networks; audit.json: labels that
cleanlab suspects; importance.json: how important Optuna finds parameters; metrics.json: AUC, F1, precision and recall. README.md describes the files and how to make the Python environment.

    python test/parity/make-golden.py

The committed files were made on Linux x86-64 with Python 3.11, Keras 3.15.1 on TensorFlow 2.21.0, PyTorch 2.15.0, NumPy 2.4.6
scikit-learn 1.9.1, SciPy 1.17.1, statsmodels 0.15.0, Captum 0.9.0, cleanlab 2.9.0 and Optuna 5.0.0, in about ten seconds. Every random number comes from a seed in these sources, so a second run writes the same bytes.

generate/layers.py    the cases of layers.json       generate/oracles.py   one graph, run by Keras and by PyTorch
generate/losses.py    the cases of losses.json       generate/numbers.py   short random numbers, rounding, JSON
generate/training.py  the traces of training.json   generate/penalties.py   the traces of penalties.json
generate/augmentation.py  the cases of augmentation.json
generate/reports.py    the texts of reports.json     generate/models.py      the traces of models.json
generate/moving.py     the cases of moving.json      generate/statistics.py  the cases of statistics.json
generate/explanations.py  the cases of explanations.json   generate/audit.py   the cases of audit.json
generate/importance.py    the cases of importance.json  generate/metrics.py  the cases of metrics.json
"""

import os
import pathlib
import sys

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

import keras  # noqa: E402
import torch  # noqa: E402

keras.config.set_floatx("float64")

from generate.audit import make_audit  # noqa: E402
from generate.augmentation import make_augmentation  # noqa: E402
from generate.explanations import make_explanations  # noqa: E402
from generate.importance import make_importance  # noqa: E402
from generate.layers import make_layers  # noqa: E402
from generate.losses import make_losses  # noqa: E402
from generate.metrics import make_metrics  # noqa: E402
from generate.models import make_models  # noqa: E402
from generate.moving import make_moving  # noqa: E402
from generate.numbers import write_cases, write_exact, write_object  # noqa: E402
from generate.penalties import make_penalties  # noqa: E402
from generate.reports import make_arrays, make_reports  # noqa: E402
from generate.statistics import make_statistics  # noqa: E402
from generate.training import make_training  # noqa: E402


def main():
    keras_source = f"keras {keras.__version__}"
    torch_source = f"torch {torch.__version__.split('+')[0]}"
    golden = HERE / "golden"
    golden.mkdir(exist_ok=True)
    write_cases(golden / "layers.json", make_layers(keras_source, torch_source))
    write_cases(golden / "losses.json", make_losses())
    write_object(golden / "training.json", make_training(keras_source))
    write_object(golden / "penalties.json", make_penalties(keras_source))
    write_cases(golden / "augmentation.json", make_augmentation())
    write_cases(golden / "models.json", make_models())
    write_cases(golden / "moving.json", make_moving())
    write_object(golden / "reports.json", {"reports": make_reports(), "arrays": make_arrays()})
    write_exact(golden / "statistics.json", make_statistics())
    write_exact(golden / "metrics.json", {"cases": make_metrics()})
    write_cases(golden / "explanations.json", make_explanations())
    write_object(golden / "audit.json", make_audit())
    write_cases(golden / "importance.json", make_importance())
    for path in sorted(golden.iterdir()):
        print(f"{path.name}: {path.stat().st_size} bytes", file=sys.stderr)


main()
