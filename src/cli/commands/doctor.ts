import { dirname } from 'node:path'
import { plural } from '../../base/text.ts'
import type { Dataset } from '../../data/dataset.ts'
import { loadDataset } from '../../data/source.ts'
import { type Finding, lintExperiment, lintFirstSteps } from '../../insight/doctor/index.ts'
import { toJson } from '../../protocol/json.ts'
import type { ExperimentSpec } from '../../train/experiment.ts'
import { chooseEngine } from '../choose-engine.ts'
import { GateNotMet } from '../gate.ts'
import { interruptible, unlessAborted } from '../interrupt.ts'
import { loadExperiment, pickModels } from '../load-experiment.ts'
import { tellLoading } from '../loading.ts'
import { resolveSettings, wholeNumber } from '../settings.ts'
import { asAsked } from '../skip-unreadable.ts'
import type { Terminal } from '../terminal.ts'

export interface DoctorFlags {
  readonly model?: readonly string[]
  readonly dataDir?: string
  /** True, or how many steps. */
  readonly train?: boolean | string
  readonly gate?: boolean
  readonly skipUnreadable?: boolean
  readonly json?: boolean
}

/** `heddle doctor`: what is wrong with an experiment, as far as it shows before training, or in its first steps. */
export async function doctor(wanted: string, flags: DoctorFlags, terminal: Terminal): Promise<void> {
  const { experiment: written, file } = await loadExperiment(wanted, process.cwd())
  const picked = pickModels(written, flags.model)
  const experiment = { ...picked, data: asAsked(picked.data, flags) }
  const data = await interruptible(signal =>
    unlessAborted(
      signal,
      loadDataset(experiment.data, {
        dataDir: flags.dataDir,
        baseDir: dirname(file),
        ...tellLoading(terminal),
      }),
    ),
  )
  const findings = [
    ...lintExperiment(experiment, data),
    ...(flags.train === undefined ? [] : await firstSteps(experiment, data, flags.train, terminal)),
  ]
  terminal.print(flags.json ? toJson(findings, 2) : pageOf(Object.keys(experiment.models), findings))
  const errors = alikeOf(findings).filter(([finding]) => finding!.severity === 'error').length
  if (flags.gate && errors > 0) throw new GateNotMet(`${plural(errors, 'error')} in ${experiment.name}.`)
}

async function firstSteps(
  experiment: ExperimentSpec,
  data: Dataset,
  wanted: boolean | string,
  terminal: Terminal,
): Promise<Finding[]> {
  const settings = resolveSettings({}, process.env)
  const backend = chooseEngine(settings, terminal)
  const steps = typeof wanted === 'string' ? wholeNumber({ name: '--train', text: wanted }, 1) : undefined
  terminal.draw({
    text: `Training the first steps of ${plural(Object.keys(experiment.models).length, 'model')} …`,
  })
  const options = { seed: settings.seeds[0]!, backend, ...(steps !== undefined && { steps }) }
  return await interruptible(signal => unlessAborted(signal, lintFirstSteps(experiment, data, options)))
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
