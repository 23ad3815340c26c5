import { UsageError } from '../../base/errors.ts'
import { oneOf } from '../../base/schema.ts'
import type { Backend } from '../../engine/backend.ts'
import { evaluateModel } from '../../insight/evaluate/evaluate-model.ts'
import type { ModelEvaluation } from '../../protocol/evaluation.ts'
import { toJson } from '../../protocol/json.ts'
import { evaluateRun } from '../../runs/evaluate.ts'
import { evaluationText, matrixKinds } from '../../show/evaluation-text.ts'
import { checkImages, namedModel } from '../asked-images.ts'
import { chooseEngine } from '../choose-engine.ts'
import { interruptible, unlessAborted } from '../interrupt.ts'
import { tellLoading } from '../loading.ts'
import { allAsTest, namedData, underClassesOf } from '../named-data.ts'
import { isModelFile, namedRun } from '../named-run.ts'
import { withStore } from '../open-store.ts'
import { resolveSettings, wholeNumber } from '../settings.ts'
import type { Terminal } from '../terminal.ts'

export interface EvaluateFlags {
  readonly data?: string
  readonly topK?: readonly string[]
  readonly worst?: string
  readonly matrix?: string
  /** False: `--no-robustness`. */
  readonly robustness?: boolean
  readonly threads?: string
  readonly backend?: string
  readonly dataDir?: string
  readonly skipUnreadable?: boolean
  readonly json?: boolean
}

/** `heddle evaluate`: everything about one trained network on its test images. */
export async function evaluate(wanted: string, flags: EvaluateFlags, terminal: Terminal): Promise<void> {
  const backend = chooseEngine(resolveSettings(flags, process.env), terminal)
  const matrix =
    flags.matrix === undefined ? undefined : oneOf(matrixKinds, 'counts').parse(flags.matrix, '--matrix')
  const options = {
    ...(flags.topK && { topK: flags.topK.map(text => wholeNumber({ name: '--top-k', text }, 1)) }),
    worst: wholeNumber({ name: '--worst', text: flags.worst ?? '10' }, 0),
    robustness: flags.robustness ?? true,
    onProgress: (done: number, of: number) =>
      terminal.draw({ text: `Spoiling the test images: ${done} of ${of}` }),
  }
  const evaluation = await interruptible(signal =>
    unlessAborted(
      signal,
      isModelFile(wanted) || flags.data !== undefined
        ? onData(wanted, flags, { backend, terminal, ...options })
        : withStore(async store =>
            evaluateRun(store, await namedRun(store, wanted), {
              backend,
              loading: { dataDir: flags.dataDir, ...tellLoading(terminal) },
              ...options,
            }),
          ),
    ),
  )
  terminal.print(flags.json ? toJson(evaluation, 2) : evaluationText(evaluation, matrix))
}

type FileOptions = Pick<
  Parameters<typeof evaluateModel>[0],
  'topK' | 'worst' | 'robustness' | 'onProgress'
> & {
  readonly backend: Backend
  readonly terminal: Terminal
}

/** A model on data that is not that of its run. */
async function onData(
  path: string,
  { data: wanted, dataDir, skipUnreadable }: EvaluateFlags,
  { backend, terminal, ...options }: FileOptions,
): Promise<ModelEvaluation> {
  const { network, classNames, pixelRange, preparation } = await namedModel(path, backend)
  if (wanted === undefined) {
    throw new UsageError(
      `A model file does not say what it is to be tested on: name data, as in heddle evaluate ${path} --data photos.`,
    )
  }
  const { parameterCount, inputShape } = network.model
  const named = await namedData(wanted, { inputShape, preparation, skipUnreadable })
  const loaded = await named.load({ dataDir, ...tellLoading(terminal) })
  checkImages(loaded, inputShape)
  const isOwn = (await fingerprintOf(path)) === loaded.fingerprint
  if (isOwn) {
    terminal.notice(
      `${loaded.name} is the data that the model was trained on: only its ${loaded.test.labels.length} test images are used.`,
    )
  }
  const data = underClassesOf(named.isWhole && !isOwn ? allAsTest(loaded) : loaded, classNames, path)
  return evaluateModel({
    ...options,
    network,
    data,
    pixelRange,
    training: null,
    model: {
      run: null,
      name: path,
      params: parameterCount,
      dataset: data.name,
      fingerprint: data.fingerprint,
    },
  })
}

/** Of the data that a run was trained on; `null` for a model file, which does not say it. */
async function fingerprintOf(wanted: string): Promise<string | null> {
  if (isModelFile(wanted)) return null
  return await withStore(async store => (await store.run(await namedRun(store, wanted))).fingerprint)
}
