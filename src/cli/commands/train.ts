import { resolve } from 'node:path'
import { UsageError } from '../../base/errors.ts'
import { kindOf, replaceFile } from '../../base/files.ts'
import { integer } from '../../base/schema.ts'
import { megabytes } from '../../base/text.ts'
import { ownVersion } from '../../base/version.ts'
import { loadDataset } from '../../data/source.ts'
import { auditData } from '../../insight/audit/index.ts'
import { compareRuns } from '../../runs/compare.ts'
import { configurationOf } from '../../runs/described.ts'
import { earlierRun } from '../../runs/earlier.ts'
import { gatherReport } from '../../runs/gather-report.ts'
import { auditedClasses, auditSection } from '../../show/audit-section.ts'
import { comparisonSection } from '../../show/comparison-section.ts'
import { documentHtml } from '../../show/document/document-html.ts'
import { handInReport } from '../../show/hand-in/report.ts'
import { sectionText } from '../../show/section-text.ts'
import type { RunStore } from '../../store/store.ts'
import { LEAST_SIDE } from '../../train/photo-experiment.ts'
import { type ExperimentPlan, planExperiment } from '../../train/run-experiment.ts'
import { announce } from '../announce.ts'
import { argument, command, off, option } from '../command.ts'
import { namedExperiment } from '../load-experiment.ts'
import { loading, stagesOn } from '../loading.ts'
import { withStore } from '../named-run.ts'
import { backbone, engineOptions, resume, skipUnreadable, trainingEngine } from '../options.ts'
import { outputFile } from '../output-paths.ts'
import { conditions, resultTable } from '../results.ts'
import { interruptible } from '../terminal.ts'
import { trainRuns } from '../train-runs.ts'
import { commandLine } from '../typed-command.ts'

export default command({
  summary: 'photos to a tested network in one go: audit, training, verdict, report',
  description:
    'Look a folder of photos over, train a network on it with several seeds, and write a report. With --backbone, a new head behind the ' +
    'layers of a trained model, compared with a small network from scratch.',
  args: { folder: argument('a folder with a folder of photos for each class') },
  options: {
    backbone,
    seeds: option(integer(undefined, { max: 100 }), {
      help: 'train with each of the seeds 1 to n',
      fallback: 3,
    }),
    epochs: option(integer(), 'passes over the training images, instead of what suits the folder'),
    imageSize: option(integer(undefined, { min: LEAST_SIDE }), {
      help: 'stretch the images to n × n',
      otherwise: 'that of the backbone; else 64, or less for small ones',
    }),
    out: option(outputFile, {
      value: 'file',
      help: 'the report; replaced if it exists',
      fallback: 'report.html',
    }),
    report: off('write no report'),
    resume,
    skipUnreadable,
    ...engineOptions,
  },
  examples: [
    [
      'heddle train photos --backbone efficientnet-lite0.safetensors',
      'photos/cat/*.jpg, photos/dog/*.jpg, …',
    ],
    ['heddle train photos', 'the small network alone'],
  ],
  async run({ folder, report, out, resume, ...given }, { terminal, origins }) {
    if (kindOf(folder) !== 'folder')
      throw new UsageError(`${folder} is no folder. To train an experiment: ${commandLine(['run', folder])}.`)
    const { experiment: made, baseDir, chosen } = await namedExperiment(folder, given)
    const train = { ...made.train, ...(given.epochs && { epochs: given.epochs }) }
    const experiment = { ...made, train }
    const backend = trainingEngine(given, terminal)
    const heading = (text: string): void => terminal.print(`\n${text}\n`)
    const names = await interruptible(async signal => {
      const data = await loading({ terminal, dataDir: undefined }, options =>
        loadDataset(experiment.data, { ...options, baseDir }),
      )
      const stage = stagesOn(terminal)
      const audit = await auditData(data, {
        ...{ labels: false, seed: 1, backend, signal },
        onProgress: message => stage(`Auditing: ${message}`),
      })
      const blocks = [...auditedClasses(audit), ...auditSection(audit).blocks]
      terminal.print(sectionText({ blocks }, { width: terminal.columns }))
      const seeds = Array.from({ length: given.seeds }, (_, i) => i + 1)
      const plan = planExperiment(experiment, data, { seeds, resume })
      heading('Training')
      announce(terminal, { plan, backend, workers: 1, ...(chosen && { chosen }) })
      const { result, problem } = await trainRuns(
        {
          ...{ plan, backend, signal, workers: 1, origins, source: { baseDir, dataDir: null } },
          given: { record: true, resume },
        },
        terminal,
      )
      terminal.print(resultTable(result.models, terminal.columns))
      terminal.print(`\n${conditions(result, { backend: backend.description, version: ownVersion() })}`)
      if (problem) throw problem
      return withStore(store => idsOf(store, plan))
    })
    if (Object.keys(experiment.models).length > 1) {
      const comparison = await withStore(store => compareRuns(store, names, { backend }))
      heading('Verdict')
      terminal.print(sectionText(comparisonSection(comparison), { width: terminal.columns }))
    }
    if (!report) return
    const material = await loading({ terminal, dataDir: undefined }, (options, signal) =>
      withStore(store =>
        gatherReport(store, names, {
          ...{ backend, signal, robustness: false, audit: true, loading: options },
          onProgress: stagesOn(terminal),
        }),
      ),
    )
    const command = commandLine(['report', ...names])
    const { document } = handInReport(material, { title: experiment.name, citationStyle: 'apa', command })
    const bytes = Buffer.from(documentHtml(document))
    await replaceFile(out, [bytes])
    terminal.print(`\n${resolve(out)} (${megabytes(bytes.length)})`)
  },
})

/** The newest finished run of each model and seed of a plan: those that were just trained, or were finished before. */
async function idsOf(
  store: RunStore,
  { experiment, data, models, seeds }: ExperimentPlan,
): Promise<string[]> {
  const ids: string[] = []
  for (const { model } of models) {
    const configuration = configurationOf(experiment, model, data)
    for (const seed of seeds) {
      const run = await earlierRun(store, { experiment: experiment.name, model, seed, configuration })
      if (run) ids.push(run.id)
    }
  }
  return ids
}
