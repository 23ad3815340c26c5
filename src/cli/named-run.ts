import { statSync } from 'node:fs'
import { UsageError } from '../spec/errors.ts'
import type { RunStore } from '../store/run-store.ts'
import { isExperimentFile } from './find-experiment.ts'
import { loadExperiment } from './load-experiment.ts'

/** Whether a text names a file that may hold a model; everything else is looked up among the runs. */
export function isModelFile(wanted: string): boolean {
  if (statSync(wanted, { throwIfNoEntry: false })?.isFile()) return !isExperimentFile(wanted)
  return /\.(safetensors|h5|hdf5|keras|onnx|pt|pth|pkl|tflite)$/i.test(wanted)
}

/**
 * The id of the run that a model's name means: `last`, how an id begins, an experiment or `experiment/model` (their newest finished
 * run), or an experiment's file. Throws a `UsageError` for none, and for an experiment of several models.
 */
export async function namedRun(store: RunStore, wanted: string): Promise<string> {
  return store.find(await runName(wanted), { newest: true })
}

/** An experiment's file is known by the name of its experiment; other names stay as they are. */
export async function runName(wanted: string): Promise<string> {
  const status = statSync(wanted, { throwIfNoEntry: false })
  if (status?.isFile() && isExperimentFile(wanted))
    return (await loadExperiment(wanted, process.cwd())).experiment.name
  if (status?.isFile() && /\.(png|jpe?g|webp|gif)$/i.test(wanted))
    throw new UsageError(`${wanted} is a picture, not a run: name a run, an experiment or experiment/model.`)
  if (status?.isFile() && isModelFile(wanted)) {
    throw new UsageError(
      `${wanted} is a file, and only runs of the store can be named here: "heddle runs ls" lists them. heddle evaluate ${wanted} --data photos tests a file.`,
    )
  }
  return wanted
}
