import { open } from 'node:fs/promises'
import { HeddleError, UsageError } from '../base/errors.ts'
import { kindOf } from '../base/files.ts'
import { fileKind } from '../model/files/file-kind.ts'
import type { RunPlace, RunStore } from '../store/store.ts'
import { isExperimentFile } from './find-experiment.ts'
import { isPicture } from './image-files.ts'
import { loadExperiment } from './load-experiment.ts'
import { STORE_FOLDER } from './store-folder.ts'

/** Whether a text names a file that may hold a model; everything else is looked up among the runs. */
export function isModelFile(wanted: string): boolean {
  if (kindOf(wanted) === 'file') return !isExperimentFile(wanted)
  return /\.(safetensors|h5|hdf5|keras|onnx|pt|pth|pkl|tflite)$/i.test(wanted)
}

/**
 * The id of the run that a model's name means: `last`, how an id begins, an experiment or `experiment/model` (their newest finished
 * run), or an experiment's file. Throws a `UsageError` for none, and for an experiment of several models.
 */
export async function namedRun(store: RunStore, wanted: string): Promise<string> {
  return store.find(await runName(wanted), { newest: true })
}

/** The ids of all runs that are named, in the list or another place, before anything is done to the first. */
export async function runIds(
  store: RunStore,
  wanted: readonly string[],
  place?: RunPlace,
): Promise<string[]> {
  const ids: string[] = []
  for (const name of wanted) ids.push(await store.find(await runName(name), { place }))
  return ids
}

/** An experiment's file is known by the name of its experiment; other names stay as they are. */
export async function runName(wanted: string): Promise<string> {
  if (kindOf(wanted) !== 'file') return wanted
  if (isExperimentFile(wanted)) return (await loadExperiment(wanted, process.cwd())).experiment.name
  if (isPicture(wanted))
    throw new UsageError(`${wanted} is a picture, not a run: name a run, an experiment or experiment/model.`)
  const kind = /\.safetensors$/i.test(wanted) ? null : fileKind(await beginningOf(wanted))
  throw new UsageError(
    `${wanted} is ${kind ?? 'a file'}, and only runs of the store can be named here: "heddle runs ls" lists them. ` +
      (kind
        ? '"heddle import" makes a model file of models of Keras, ONNX and TensorFlow.js.'
        : `heddle evaluate ${wanted} --data photos tests a file.`),
  )
}

async function beginningOf(path: string): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(512), 0, 512)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

export interface StoreOptions {
  /** Where there is no store: makes one. Left out: the list of runs is empty then. */
  readonly make?: boolean
  /** Who begins runs; left out: HEDDLE_USER, or the system's user. */
  readonly user?: string | undefined
  /** The place of the files of a new store; left out: HEDDLE_FILES, or the store itself. */
  readonly files?: string | undefined
  /** A folder or an address; left out: HEDDLE_STORE, or the working folder's own. */
  readonly store?: string | undefined
}

/** Opens a run store; runs whose process has died are marked. */
export async function openOwnStore(
  folder = process.env.HEDDLE_STORE || STORE_FOLDER,
  { make = false, user, files }: Omit<StoreOptions, 'store'> = {},
): Promise<RunStore> {
  // Its databases take longer to load than most commands that need none take to run.
  const { openStore } = await import('../store/open.ts')
  const store = await openStore(folder, make ? 'write' : 'look', {
    user: user ?? (process.env.HEDDLE_USER || undefined),
    files: files ?? (process.env.HEDDLE_FILES || undefined),
  })
  // On a full disk or a read-only one, what is there can still be read.
  await store.markDead().catch(error => {
    if (!(error instanceof HeddleError)) throw error
  })
  return store
}

/** Opens the store for `work` and closes it, however that ends. */
export async function withStore<T>(
  work: (store: RunStore) => Promise<T>,
  { store: where, ...options }: StoreOptions = {},
): Promise<T> {
  const store = await openOwnStore(where, options)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}
