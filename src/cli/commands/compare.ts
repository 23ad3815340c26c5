import { oneOf } from '../../base/schema.ts'
import type { Comparison } from '../../protocol/comparison.ts'
import { toJson } from '../../protocol/json.ts'
import { compareRuns } from '../../runs/compare.ts'
import { comparisonSection } from '../../show/comparison-section.ts'
import { sectionText } from '../../show/section-text.ts'
import { command, GateNotMet, option } from '../command.ts'
import { runName, withStore } from '../named-run.ts'
import { chooseEngine, engineOptions, jsonOption, modelsArgument } from '../options.ts'

const gates = ['better', 'not-worse'] as const

export default command({
  summary: 'test whether one model is better than another',
  description:
    'Compare trained models image by image and seed by seed: is one better than another, or is the difference chance?',
  args: { models: modelsArgument },
  options: {
    gate: option(oneOf(gates), {
      value: 'what',
      help: 'exit with code 3 unless every other model is this, compared with the first',
      bare: 'better',
      otherwise: 'no gate; --gate alone is better',
    }),
    ...engineOptions,
    ...jsonOption,
  },
  examples: [
    ['heddle compare basic-vs-standard', 'all models of an experiment, all seeds'],
    ['heddle compare 3f9a 81c2', 'two runs'],
    ['heddle compare base/small mine/large --gate', 'in CI: fails unless mine/large is better'],
    ['heddle compare base mine --gate not-worse', 'in CI: fails if it is worse'],
  ],
  async run({ models, gate, json, ...engine }, { terminal }) {
    const backend = chooseEngine(engine, terminal)
    const names = await Promise.all(models.map(runName))
    const comparison = await withStore(store => compareRuns(store, names, { backend }))
    const text = (): string => sectionText(comparisonSection(comparison), { width: terminal.columns })
    terminal.print(json ? toJson(comparison, 2) : text())
    if (gate) checkGate(comparison, gate)
  },
})

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
