import { table } from './parts.ts'

interface Row {
  readonly model: string
  readonly verdict: string
  readonly reportedAccuracy: number | null
  readonly accuracy: number | null
  readonly std: number | null
  readonly reportedLoss: number | null
  readonly loss: number | null
  readonly seeds: string | null
}

/** A file of bench/results/reproduction. */
export interface ReportFile {
  readonly conditions: readonly { readonly text: string; readonly runs: number }[]
  readonly results: readonly Row[]
  /** Models that the present build has not trained. */
  readonly earlier?: { readonly build: string; readonly results: readonly Omit<Row, 'verdict'>[] }
}

const digits = (value: number | null | undefined, places: number): string =>
  value === null || value === undefined ? '' : value.toFixed(places)

/** What the reports print beside what Heddle found, and with which builds. */
export function reproductionTables(files: readonly (readonly [id: string, file: ReportFile])[]): string {
  const rows = files.flatMap(([, { results, earlier }]) => {
    const old = (earlier?.results ?? []).map(row => ({ ...row, verdict: 'earlier build: not judged' }))
    const replaced = results.map(row => old.find(({ model }) => model === row.model) ?? row)
    return [...replaced, ...old.filter(({ model }) => !results.some(row => row.model === model))]
  })
  const conditions = files.map(([id, { conditions: own, earlier }]) => {
    const link = `[reproduction/${id}.json](../bench/results/reproduction/${id}.json)`
    const texts = own.map(({ text, runs }) => `${text} (n = ${runs})`)
    return `- ${link}: ${[...texts, ...(earlier ? [`earlier: ${earlier.build}`] : [])].join('; ')}`
  })
  return `Full epochs. An empty cell means that the report prints no such number, or that none was measured. Rows with letters after the
report's number are follow-ups that a report recommends. [Reproducing the reports](guide/reproducing-the-reports.md) explains the verdicts. What the reports state in words, checked, is in
[findings.txt](../bench/results/reproduction/findings.txt).

- Again: \`npm run reproduce\`, then \`npx jiti bench/reproduction.ts\`
${conditions.join('\n')}

${table(
  ['model', 'accuracy printed', 'reproduced', 'loss printed', 'reproduced', 'verdict', 'seeds'],
  rows.map(row => [
    row.model,
    digits(row.reportedAccuracy, 4),
    `${digits(row.accuracy, 4)}${row.std === null ? '' : ` ± ${digits(row.std, 4)}`}`,
    digits(row.reportedLoss, 3),
    digits(row.loss, 3),
    row.verdict,
    row.seeds ?? '',
  ]),
)}`
}
