import { unlessAborted } from '../../base/interruption.ts'
import { integer } from '../../base/schema.ts'
import { plural } from '../../base/text.ts'
import type { Dataset } from '../../data/dataset.ts'
import { loadDataset } from '../../data/source.ts'
import { FIRST_STEPS, type Finding, lintExperiment, lintFirstSteps } from '../../insight/doctor/index.ts'
import { toJson } from '../../protocol/json.ts'
import type { ExperimentSpec } from '../../train/experiment.ts'
import { command, GateNotMet, on, option, type ValuesOf } from '../command.ts'
import { namedExperiment } from '../load-experiment.ts'
import { loading } from '../loading.ts'
import {
  dataOptions,
  engineOptions,
  experimentArgument,
  jsonOption,
  modelOption,
  seed,
  skipUnreadable,
  trainingEngine,
} from '../options.ts'
import type { Terminal } from '../terminal.ts'
import { interruptible } from '../terminal.ts'

const options = {
  model: modelOption,
  ...dataOptions,
  train: option(integer(), {
    value: 'steps',
    help: 'also train this many steps, and look at units, gradients and loss',
    bare: FIRST_STEPS,
    otherwise: `no training; without a number ${FIRST_STEPS} steps`,
  }),
  seed,
  ...engineOptions,
  skipUnreadable,
  gate: on('exit with code 3 if there are errors, for CI'),
  ...jsonOption,
}

type Given = ValuesOf<typeof options>

export default command({
  summary: 'find mistakes before training',
  args: { experiment: experimentArgument },
  options,
  examples: [
    ['heddle doctor activation-heads', 'the mistakes in the networks of report 001'],
    ['heddle doctor activation-heads --train', 'and what its first 100 steps show'],
    ['heddle doctor my.ts --gate', 'in CI: fails on errors, not on warnings'],
  ],
  async run({ experiment: wanted, ...given }, { terminal }) {
    const { experiment, baseDir } = await namedExperiment(wanted, given)
    const data = await loading({ terminal, dataDir: given.dataDir }, options =>
      loadDataset(experiment.data, { ...options, baseDir }),
    )
    const findings = [
      ...lintExperiment(experiment, data),
      ...(given.train === undefined
        ? []
        : await firstSteps(experiment, data, { ...given, steps: given.train, baseDir }, terminal)),
    ]
    terminal.print(given.json ? toJson(findings, 2) : pageOf(Object.keys(experiment.models), findings))
    const errors = alikeOf(findings).filter(([finding]) => finding!.severity === 'error').length
    if (given.gate && errors > 0) throw new GateNotMet(`${plural(errors, 'error')} in ${experiment.name}.`)
  },
})

async function firstSteps(
  experiment: ExperimentSpec,
  data: Dataset,
  given: Given & { readonly steps: number; readonly baseDir: string },
  terminal: Terminal,
): Promise<Finding[]> {
  const backend = trainingEngine(given, terminal)
  terminal.draw({
    text: `Training the first steps of ${plural(Object.keys(experiment.models).length, 'model')} …`,
  })
  const { steps, seed, baseDir } = given
  return await interruptible(signal =>
    unlessAborted(signal, lintFirstSteps(experiment, data, { seed, backend, steps, baseDir })),
  )
}

/** A finding that several models share is one finding, on the page and for the gate. */
function alikeOf(findings: readonly Finding[]): readonly (readonly Finding[])[] {
  const alike = new Map<string, Finding[]>()
  for (const finding of findings) {
    const key = JSON.stringify([finding.rule, finding.severity, finding.layer, finding.message])
    alike.set(key, [...(alike.get(key) ?? []), finding])
  }
  return [...alike.values()]
}

/** Why a rule matters is printed once for all of its findings. */
function pageOf(models: readonly string[], findings: readonly Finding[]): string {
  const alike = alikeOf(findings)
  const told = new Set<string>()
  const blocks = alike.map(([finding, ...others]) => {
    const { rule, severity, message, fix, why, model } = finding!
    const which =
      others.length + 1 === models.length
        ? 'all models'
        : [model, ...others.map(other => other.model)].join(', ')
    const lines = [`${severity}  ${rule}  (${which})`, `  ${message}`, `  Fix: ${fix}`]
    if (!told.has(rule)) lines.push(`  Why: ${why}`)
    told.add(rule)
    return lines.join('\n')
  })
  const count = (severity: Finding['severity']): number =>
    alike.filter(([finding]) => finding!.severity === severity).length
  const sound = models.filter(name => findings.every(({ model }) => model !== name))
  return [
    ...blocks,
    `${plural(count('error'), 'error')} and ${plural(count('warning'), 'warning')} in ${plural(models.length, 'model')}` +
      `${sound.length > 0 && blocks.length > 0 ? `; nothing wrong with ${sound.join(', ')}` : ''}.`,
  ].join('\n\n')
}
