"""Reads a log folder with TensorBoard's own code and prints, as JSON, what its pages would show.

    python test/tensorboard/read.py LOGS

Every record's checksums are verified by TensorBoard's record reader; the first wrong one ends the program.
"""

import glob
import json
import os
import sys

from tensorboard.backend.event_processing import data_provider, event_file_loader, plugin_event_multiplexer
from tensorboard.context import RequestContext
from tensorboard.data import provider
from tensorboard.plugins.graph import keras_util
from tensorboard.plugins.hparams import backend_context, list_session_groups
from tensorboard.plugins.hparams import api_pb2
from tensorboard.util import tensor_util

logs = sys.argv[1]
records = 0
for path in glob.glob(os.path.join(logs, "**", "events.out.tfevents.*"), recursive=True):
    reader = event_file_loader.RawEventFileLoader(path, detect_file_replacement=False)
    records += sum(1 for _ in reader.Load())

multiplexer = plugin_event_multiplexer.EventMultiplexer(
    size_guidance={"tensors": 0}, tensor_size_guidance={name: 0 for name in ["scalars", "images", "histograms", "pr_curves", "hparams"]}
)
multiplexer.AddRunsFromDirectory(logs)
multiplexer.Reload()
source = data_provider.MultiplexerDataProvider(multiplexer, logs)
context = RequestContext()

runs = {}
scalars = source.list_scalars(context, experiment_id="", plugin_name="scalars")
values = source.read_scalars(
    context, experiment_id="", plugin_name="scalars", downsample=100000, run_tag_filter=provider.RunTagFilter()
)
for run, tags in scalars.items():
    for tag in tags:
        runs.setdefault(run, {}).setdefault("scalars", {})[tag] = [[d.step, d.value] for d in values[run][tag]]
for kind, plugin, list_of in [
    ("images", "images", source.list_blob_sequences),
    ("histograms", "histograms", source.list_tensors),
    ("pr_curves", "pr_curves", source.list_tensors),
]:
    for run, tags in list_of(context, experiment_id="", plugin_name=plugin).items():
        runs.setdefault(run, {})[kind] = sorted(tags)

graphs = {}
for run, tags in multiplexer.PluginRunToTagToContent("graph_keras_model").items():
    for tag in tags:
        text = tensor_util.make_ndarray(multiplexer.Tensors(run, tag)[0].tensor_proto).item()
        graph = keras_util.keras_model_to_graph_def(json.loads(text))
        graphs[run] = [[node.name, list(node.input)] for node in graph.node]

hparams = backend_context.Context(type("C", (), {"data_provider": source, "multiplexer": multiplexer})())
request = api_pb2.ListSessionGroupsRequest(
    start_index=0,
    slice_size=100,
    allowed_statuses=[api_pb2.STATUS_SUCCESS, api_pb2.STATUS_FAILURE, api_pb2.STATUS_RUNNING, api_pb2.STATUS_UNKNOWN],
)
answer = list_session_groups.Handler(context, hparams, "", request).run()
groups = [
    {
        "name": group.name,
        "sessions": sorted(session.name for session in group.sessions),
        "hparams": {name: (value.number_value if value.HasField("number_value") else value.string_value) for name, value in group.hparams.items()},
    }
    for group in answer.session_groups
]
print(json.dumps({"records": records, "runs": runs, "graphs": graphs, "groups": groups}))
