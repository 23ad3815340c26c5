import { chooseBackend } from '../../src/engine/backends/choose.ts'
import {
  adam,
  conv2d,
  dense,
  experiment,
  fashionMnistMini,
  flatten,
  loadDataset,
  maxPooling2d,
  randomFlip,
  relabel,
  sequential,
} from '../../src/index.ts'
import { gatherReport, type ReportMaterial } from '../../src/runs/gather-report.ts'
import { usualPolicy } from '../../src/runs/record.ts'
import { recordingIn } from '../../src/runs/recording.ts'
import { openStore } from '../../src/store/open.ts'
import { runExperiment } from '../../src/train/run-experiment.ts'

const head = [flatten(), dense({ units: 3, activation: 'softmax' })]

/** Two small models on three classes, one of them augmented: trained for two epochs with two seeds in `folder`, and all that a report shows of them. */
export async function reportedRuns(folder: string): Promise<ReportMaterial> {
  const backend = chooseBackend('auto')
  const spec = experiment({
    name: 'small',
    data: relabel(fashionMnistMini(), {
      Top: [0, 2, 3, 4, 6],
      'Shoe & <boot>': [1, 5, 7, 9],
      Bag: [8],
    }),
    models: {
      linear: sequential(head),
      conv: sequential([conv2d({ filters: 4, kernelSize: 3, activation: 'relu' }), maxPooling2d(), ...head]),
    },
    train: { optimizer: adam(), loss: 'sparseCategoricalCrossentropy', epochs: 2, validationSplit: 0.2 },
    overrides: { conv: { augmentation: [randomFlip()] } },
  })
  const store = await openStore(folder)
  try {
    const data = await loadDataset(spec.data)
    const { follow } = await recordingIn(store, {
      experiment: spec,
      backend,
      version: '0',
      policy: usualPolicy,
      source: { baseDir: folder, dataDir: null },
      origins: {},
      signal: new AbortController().signal,
      onNotice: () => {},
    })
    await runExperiment(spec, data, { backend, seeds: [1, 2], follow })
    return await gatherReport(store, ['small'], { backend, audit: false })
  } finally {
    await store.close()
  }
}
