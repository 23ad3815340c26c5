import { dirname } from 'node:path'
import { type Finding, lintExperiment } from '../../analysis/lint/index.ts'
import { loadDataset } from '../../data/source.ts'
import { plural } from '../../report/format.ts'
import { GateNotMet } from '../gate.ts'
import { interruptible, unlessAborted } from '../interrupt.ts'
import { loadExperiment, pickModels } from '../load-experiment.ts'
import { tellLoading } from '../loading.ts'
import type { Terminal } from '../terminal.ts'

export interface DoctorFlags {
  readonly model?: readonly string[]
  readonly dataDir?: string
  readonly gate?: boolean
  readonly json?: boolean
}

/** `heddle doctor`: what is wrong with an experiment, as far as it shows before training. */
export async function doctor(wanted: string, flags: DoctorFlags, terminal: Terminal): Promise<void> {
  const { experiment: written, file } = await loadExperiment(wanted, process.cwd())
  const experiment = pickModels(written, flags.model)
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
  const findings = lintExperiment(experiment, data)
  terminal.print(
    flags.json ? JSON.stringify(findings, null, 2) : pageOf(Object.keys(experiment.models), findings),
  )
  const errors = findings.filter(({ severity }) => severity === 'error').length
  if (flags.gate && errors > 0) throw new GateNotMet(`${plural(errors, 'error')} in ${experiment.name}.`)
}

/** Findings that several models share are told once, and why a rule matters once for all of its findings. */
function pageOf(models: readonly string[], findings: readonly Finding[]): string {
  const alike = new Map<string, Finding[]>()
  for (const finding of findings) {
    const key = JSON.stringify([finding.rule, finding.layer, finding.message])
    alike.set(key, [...(alike.get(key) ?? []), finding])
  }
  const told = new Set<string>()
  const blocks = [...alike.values()].map(([finding, ...others]) => {
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
    [...alike.values()].filter(([finding]) => finding!.severity === severity).length
  const sound = models.filter(name => findings.every(({ model }) => model !== name))
  return [
    ...blocks,
    `${plural(count('error'), 'error')} and ${plural(count('warning'), 'warning')} in ${plural(models.length, 'model')}` +
      `${sound.length > 0 && blocks.length > 0 ? `; nothing wrong with ${sound.join(', ')}` : ''}.`,
  ].join('\n\n')
}
