import { table } from './parts.ts'

interface Row {
  readonly model: string
  readonly verdict: string
  readonly reportedAccuracy: number | null
  readonly accuracy: number | null
  readonly std: number | null
  readonly reportedLoss: number | null
  readonly loss: number | null
  readonly reportedSeconds?: number | null
  readonly seconds?: number | null
  readonly seeds: string | null
}

/** A file of bench/results/reproduction; the older ones are the rows alone. */
export type ReportFile =
  | readonly Row[]
  | {
      readonly conditions: readonly { readonly text: string; readonly runs: number }[]
      readonly results: readonly Row[]
    }

const digits = (value: number | null | undefined, places: number): string =>
  value === null || value === undefined ? '' : value.toFixed(places)

/** What the reports print beside what Heddle found, and with which builds. */
export function reproductionTables(files: readonly (readonly [id: string, file: ReportFile])[]): string {
  const rows = files.flatMap(([, file]) => ('results' in file ? file.results : file))
  const isTimed = rows.some(({ seconds }) => seconds !== null && seconds !== undefined)
  const conditions = files.map(([id, file]) => {
    const link = `[reproduction/${id}.json](../bench/results/reproduction/${id}.json)`
    const texts = 'conditions' in file ? file.conditions.map(({ text, runs }) => `${text} (n = ${runs})`) : []
    return `- ${link}: ${texts.length > 0 ? texts.join('; ') : 'date, machine and build not recorded'}`
  })
  const isOld = files.some(([, file]) => !('conditions' in file))
  return `Full epochs. An empty cell means that the report prints no such number, or that none was measured. Rows with letters after the
report's number are follow-ups that a report recommends. [Reproducing the reports](guide/reproducing-the-reports.md) explains the verdicts. What the reports state in words, checked, is in
[findings.txt](../bench/results/reproduction/findings.txt).

- Again: \`heddle reproduce\`, then \`npx jiti bench/reproduction.ts\`
${conditions.join('\n')}
${isOld ? '\nA file without a build is of an earlier one: dropout has another random stream since, so the same seed gives another network of the same kind.\n' : ''}
${table(
  [
    'model',
    'accuracy printed',
    'reproduced',
    'loss printed',
    'reproduced',
    'verdict',
    ...(isTimed ? ['seconds printed', 'reproduced'] : []),
    'seeds',
  ],
  rows.map(row => [
    row.model,
    digits(row.reportedAccuracy, 4),
    `${digits(row.accuracy, 4)}${row.std === null ? '' : ` ± ${digits(row.std, 4)}`}`,
    digits(row.reportedLoss, 3),
    digits(row.loss, 3),
    row.verdict,
    ...(isTimed ? [digits(row.reportedSeconds, 0), digits(row.seconds, 0)] : []),
    row.seeds ?? '',
  ]),
)}`
}
