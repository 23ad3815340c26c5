import { oneOf } from '../../base/schema.ts'
import type { Comparison } from '../../protocol/comparison.ts'
import { toJson } from '../../protocol/json.ts'
import { compareRuns } from '../../runs/compare.ts'
import { comparisonSection } from '../../show/comparison-section.ts'
import { sectionText } from '../../show/section-text.ts'
import { chooseEngine } from '../choose-engine.ts'
import { GateNotMet } from '../gate.ts'
import { runName } from '../named-run.ts'
import { withStore } from '../open-store.ts'
import { resolveSettings } from '../settings.ts'
import type { Terminal } from '../terminal.ts'

export interface CompareFlags {
  /** True: `better`. */
  readonly gate?: boolean | string
  readonly threads?: string
  readonly backend?: string
  readonly json?: boolean
}

const gates = ['better', 'not-worse'] as const

/** `heddle compare`: which of several models is better, and whether that is more than chance. */
export async function compare(
  wanted: readonly string[],
  flags: CompareFlags,
  terminal: Terminal,
): Promise<void> {
  const gate =
    flags.gate === undefined
      ? null
      : oneOf(gates).parse(flags.gate === true ? 'better' : flags.gate, '--gate')
  const backend = chooseEngine(resolveSettings(flags, process.env), terminal)
  const names = await Promise.all(wanted.map(runName))
  const comparison = await withStore(store => compareRuns(store, names, { backend }))
  const text = (): string => sectionText(comparisonSection(comparison), { width: terminal.columns })
  terminal.print(flags.json ? toJson(comparison, 2) : text())
  if (gate) checkGate(comparison, gate)
}

/** Every other model must be better than the first one, or not worse. */
function checkGate({ models, pairs }: Comparison, gate: (typeof gates)[number]): void {
  const base = models[0]!.name
  const failed = pairs.filter(
    ({ first, verdict }) =>
      first === base && (gate === 'better' ? verdict !== 'better' : verdict === 'worse'),
  )
  if (failed.length === 0) return
  throw new GateNotMet(`--gate ${gate}: ${failed.map(({ sentence }) => sentence).join(' ')}`)
}
