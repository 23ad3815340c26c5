import { count } from 'heddle/show'
import { activationHeads } from './activation-heads.ts'
import { basicVsStandard } from './basic-vs-standard.ts'
import { convolutions1d } from './conv1d-eight.ts'
import type { Evidence, Finding } from './finding.ts'
import { threeClass } from './three-class.ts'
import { threeConv } from './three-conv.ts'

/** Every claim of a report that can be computed. */
export function findingsOf(evidence: Evidence): Finding[] {
  const own = byReport[evidence.report.id as keyof typeof byReport]
  const { slips = [] } = evidence.report
  return [
    ...parameterCounts(evidence),
    ...own(evidence),
    ...slips.map((slip): Finding => ({ kind: 'contradicted', ...slip })),
  ]
}

const byReport = {
  '000': convolutions1d,
  '001': activationHeads,
  '002': basicVsStandard,
  '003': threeClass,
  '004': threeConv,
}

/** Compares the numbers of parameters that a report prints, as they are or in thousands. */
function parameterCounts({ report, models }: Evidence): Finding[] {
  return report.models.flatMap(({ id, model, params }): Finding[] => {
    const built = models.get(model)?.parameterCount
    if (params === undefined || built === undefined) return []
    const [rounded, cut] = [Math.round(built / 1000) * 1000, Math.floor(built / 1000) * 1000]
    const holds = params === built || params === rounded || params === cut
    const how = params === built ? '' : params === rounded ? ', rounded' : ', cut off, not rounded'
    return [
      {
        kind: holds ? 'confirmed' : 'contradicted',
        claim: `${id} has ${count(params)} parameters.`,
        found: `The model of the experiment has ${count(built)}${holds ? how : ''}.`,
      },
    ]
  })
}
