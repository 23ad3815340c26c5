import { UsageError } from '../../base/errors.ts'
import { integer, oneOf } from '../../base/schema.ts'
import { checkImageShape } from '../../data/examples.ts'
import type { LoadOptions } from '../../data/sources/context.ts'
import type { Backend } from '../../engine/backend.ts'
import { type AnalyzeOptions, analyze } from '../../insight/evaluate/analyze.ts'
import type { ModelEvaluation } from '../../protocol/evaluation.ts'
import { toJson } from '../../protocol/json.ts'
import { evaluateRun } from '../../runs/evaluate.ts'
import { evaluationSection, matrixKinds } from '../../show/evaluation-section.ts'
import { sectionText } from '../../show/section-text.ts'
import { namedModel } from '../asked-images.ts'
import { argument, command, listOf, option } from '../command.ts'
import { loading } from '../loading.ts'
import { allAsTest, namedData, underClassesOf } from '../named-data.ts'
import { isModelFile, namedRun, withStore } from '../named-run.ts'
import {
  chooseEngine,
  engineOptions,
  jsonOption,
  labelledData,
  natural,
  robustness,
  skipUnreadable,
  storedDataOptions,
} from '../options.ts'
import type { Terminal } from '../terminal.ts'

export default command({
  summary: 'show how good a model is, and where it fails',
  args: {
    model: argument('a run, "last", an experiment, experiment/model, or a .safetensors file with --data'),
  },
  options: {
    data: labelledData,
    skipUnreadable,
    topK: option(listOf(integer()), {
      help: 'also show how often the label is among the k most probable classes',
      otherwise: '2,3',
    }),
    worst: option(natural, {
      help: 'how many of the hardest images and most confused pairs to list',
      fallback: 10,
    }),
    matrix: option(oneOf(matrixKinds), {
      value: 'kind',
      help: 'normalisation of the confusion matrix',
      otherwise: 'counts; of more than 30 classes, only if you ask',
    }),
    robustness,
    ...engineOptions,
    ...storedDataOptions,
    ...jsonOption,
  },
  examples: [
    ['heddle evaluate last', 'the newest run: accuracy, classes, calibration, robustness, mistakes'],
    ['heddle evaluate 3f9a --matrix row', 'the confusion matrix in shares of each label'],
    ['heddle evaluate standard-1.safetensors --data photos', 'a model file, on a folder of images'],
    ['heddle evaluate last --json > evaluation.json', 'all numbers'],
  ],
  async run({ model: wanted, data, skipUnreadable, dataDir, matrix, json, ...given }, { terminal }) {
    const backend = chooseEngine(given, terminal)
    const { topK, worst, robustness } = given
    const options = {
      backend,
      ...(topK && { topK }),
      worst,
      robustness,
      onProgress: (done: number, of: number) =>
        terminal.draw({ text: `Distorting the test images: ${done} of ${of}` }),
    }
    const evaluation = await loading({ terminal, dataDir }, loadOptions =>
      isModelFile(wanted) || data !== undefined
        ? onData(wanted, { data, skipUnreadable, loadOptions, terminal, ...options })
        : withStore(async store =>
            evaluateRun(store, await namedRun(store, wanted), { loading: loadOptions, ...options }),
          ),
    )
    const text = (): string => sectionText(evaluationSection(evaluation, matrix), { width: terminal.columns })
    terminal.print(json ? toJson(evaluation, 2) : text())
  },
})

type FileOptions = Pick<AnalyzeOptions, 'topK' | 'worst' | 'robustness' | 'onProgress'> & {
  readonly backend: Backend
  readonly terminal: Terminal
  readonly data: string | undefined
  readonly skipUnreadable: boolean
  readonly loadOptions: LoadOptions
}

/** A model on data that is not that of its run. */
async function onData(
  path: string,
  { data: wanted, skipUnreadable, loadOptions, backend, terminal, ...options }: FileOptions,
): Promise<ModelEvaluation> {
  const network = await namedModel(path, backend)
  const { preparation } = network.about
  if (wanted === undefined) {
    throw new UsageError(
      `A model file does not record its test data: name data, as in heddle evaluate ${path} --data photos.`,
    )
  }
  const { inputShape } = network.model
  const named = await namedData(wanted, { inputShape, preparation, skipUnreadable })
  const loaded = await named.load(loadOptions)
  checkImageShape(loaded, inputShape)
  const isOwn = (await fingerprintOf(path)) === loaded.fingerprint
  if (isOwn) {
    terminal.notice(
      `${loaded.name} is the data that the model was trained on: only its ${loaded.test.count} test images are used.`,
    )
  }
  const data = underClassesOf(named.isWhole && !isOwn ? allAsTest(loaded) : loaded, network.classNames, path)
  return analyze(network, data, { ...options, name: path })
}

/** The fingerprint of the data that a run was trained on; `null` for a model file, which does not hold it. */
async function fingerprintOf(wanted: string): Promise<string | null> {
  if (isModelFile(wanted)) return null
  return await withStore(async store => (await store.run(await namedRun(store, wanted))).fingerprint)
}
