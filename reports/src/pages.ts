import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type DataTable,
  type Html,
  html,
  joined,
  page,
  plural,
  shortFingerprint,
  tableHtml,
} from 'heddle/show'
import { type Chapter, exhibit, findingsHtml } from './chapter.ts'
import { Exhibit } from './exhibit.ts'
import type { Finding } from './findings/finding.ts'
import { findingsOf } from './findings/index.ts'
import { writeWhole } from './folder.ts'
import { QUICK } from './quick.ts'
import { reports } from './reported.ts'
import type { FailedRecord, RunRecord } from './runs.ts'
import { resultsTable } from './tables.ts'
import type { VerdictKind } from './verdict.ts'

/** What the index page needs of a report; kept in the report's folder, so that reports made one by one stay listed. */
export interface ReportRecord {
  readonly id: string
  readonly results: DataTable['rows']
  /** One for each model that the report prints. */
  readonly verdicts: readonly { readonly kind: VerdictKind; readonly isFitted: boolean }[]
  readonly findings: readonly Finding[]
  readonly conditions: readonly Condition[]
}

const FILE = 'report.json'

/** Tables, pictures and page of one report, and the index again. */
export function writeReport(folder: string, made: Omit<Chapter, 'findings'>): void {
  const { report, comparisons, data, quick } = made
  const own = comparisons.filter(({ item }) => item.experiment === report.experiments[0])
  const findings = findingsOf({
    report,
    models: new Map(own.map(({ item }) => [item.model, item.built])),
    data,
    comparisons: quick ? [] : comparisons,
  })
  const to = new Exhibit(join(folder, report.id))
  exhibit({ ...made, findings }, to)
  const results = resultsTable(comparisons)
  const record: ReportRecord = {
    id: report.id,
    results: results.rows,
    verdicts: comparisons
      .filter(({ item }) => item.reported)
      .map(({ verdict, settings }) => ({
        kind: verdict.kind,
        isFitted: settings.some(({ origin }) => origin === 'fitted'),
      })),
    findings,
    conditions: conditionsOf(comparisons.flatMap(({ runs, failures }) => [...runs, ...failures])),
  }
  writeWhole(join(folder, report.id, FILE), `${JSON.stringify(record, null, 1)}\n`)
  const name = `${report.id}: ${report.title}`
  const body = [
    html`<nav><a href="../index.html">All reports</a></nav>`,
    html`<h1>${name}</h1>`,
    html`<p class="dim">${report.author}</p>`,
    warning(quick),
    to.toHtml(),
    conditionsHtml(record.conditions),
  ]
  writeWhole(join(folder, report.id, 'index.html'), page(name, joined(body)))
  writeIndex(folder, quick, results.columns)
}

/** The index over every report that the folder holds. */
function writeIndex(folder: string, quick: boolean, columns: DataTable['columns']): void {
  const made = reports.flatMap(({ id, title, author }) => {
    const record = readRecord(join(folder, id, FILE))
    return record ? [{ name: `${id}: ${title}`, author, ...record }] : []
  })
  const body = [
    html`<h1>Fashion-MNIST: five reports, reproduced</h1>`,
    warning(quick),
    html`<p>${sumUp(made.flatMap(({ verdicts }) => verdicts))}</p>`,
    html`<nav>${made.map(({ id, name }) => html`<a href="#r${id}">${name}</a>`)}</nav>`,
    ...made.flatMap(({ id, name, author, results, findings }) => [
      html`<h2 id="r${id}"><a href="${id}/index.html">${name}</a></h2>`,
      html`<p class="dim">${author}</p>`,
      tableHtml({ columns, rows: results }),
      html`<h3>Findings</h3>`,
      findingsHtml(findings),
      html`<p><a href="${id}/index.html">The tables and pictures of ${id}</a></p>`,
    ]),
    html`<h2>Conditions</h2>`,
    conditionsHtml(summed(made.flatMap(({ conditions }) => conditions))),
  ]
  const byReport = Object.fromEntries(made.map(({ id, findings }) => [id, findings]))
  writeWhole(join(folder, 'findings.json'), `${JSON.stringify(byReport, null, 2)}\n`)
  const texts = made.map(({ name, findings }) =>
    [
      name,
      ...findings.map(({ kind, claim, found }) => `  ${kind.toUpperCase()}: ${claim}\n    ${found}`),
    ].join('\n'),
  )
  writeWhole(join(folder, 'findings.txt'), `${texts.join('\n\n')}\n`)
  writeWhole(join(folder, 'index.html'), page('Five reports, reproduced', joined(body)))
}

/** `null` where the report was not made yet, or its file is damaged: it is made again with the next call. */
function readRecord(file: string): ReportRecord | null {
  try {
    const record = JSON.parse(readFileSync(file, 'utf8')) as Partial<ReportRecord>
    const lists = [record.results, record.verdicts, record.findings, record.conditions]
    return lists.every(Array.isArray) ? (record as ReportRecord) : null
  } catch {
    return null
  }
}

const kinds: readonly (readonly [kinds: readonly VerdictKind[], text: string])[] = [
  [['within'], 'within noise'],
  [['one seed, within'], 'within the noise of the test images (1 seed)'],
  [['better', 'worse', 'mixed'], 'better or worse by more than noise'],
  [['different'], 'not the same training or test'],
  [['below chance'], 'not above chance in either'],
  [['open'], 'not settled'],
  [['nothing printed'], 'without a printed test result'],
  [['quick'], 'not comparable (quick)'],
  [['failed'], 'failed in every training'],
  [['not run'], 'not run'],
]

const notJudged: readonly VerdictKind[] = ['nothing printed', 'quick', 'failed', 'not run']

/**
 * The verdicts of the printed models in two sentences.
 *
 * @example
 * sumUp([{ kind: 'within', isFitted: true }])
 * // 'The reports print 1 model: 1 within noise. 1 of the 1 that is judged rests on values fitted to the printed numbers.'
 */
export function sumUp(verdicts: ReportRecord['verdicts']): string {
  const parts = kinds.flatMap(([own, text]) => {
    const found = verdicts.filter(({ kind }) => own.includes(kind)).length
    return found > 0 ? [`${found} ${text}`] : []
  })
  const judged = verdicts.filter(({ kind }) => !notJudged.includes(kind))
  const fitted = judged.filter(({ isFitted }) => isFitted).length
  const rests = `${fitted} of the ${judged.length} that ${judged.length === 1 ? 'is' : 'are'} judged ${fitted === 1 ? 'rests' : 'rest'} on values fitted to the printed numbers.`
  return `The reports print ${plural(verdicts.length, 'model')}: ${parts.join('; ')}.${judged.length > 0 ? ` ${rests}` : ''}`
}

function warning(quick: boolean): Html | null {
  if (!quick) return null
  return html`<p class="warning">Quick: ${QUICK.epochs} epochs on the first ${QUICK.train} training images, tested on ${QUICK.test}. These numbers are not comparable with the reports'.</p>`
}

function conditionsHtml(conditions: readonly Condition[]): Html {
  const lines = conditions.map(({ text, runs }) => html`<li>${plural(runs, 'run')}: ${text}</li>`)
  return html`<ul class="plain dim">\n${joined(lines)}\n</ul>`
}

/** Data, engine with machine, or build, and how many runs had it. */
interface Condition {
  readonly text: string
  readonly runs: number
}

/** What a report's runs were made on and with. */
function conditionsOf(records: readonly (RunRecord | FailedRecord)[]): Condition[] {
  const runs = records.filter(record => 'run' in record)
  return summed(
    [
      ...runs.map(({ stored }) => `${stored.dataset} ${shortFingerprint(stored.fingerprint)}`),
      ...runs.map(
        ({ environment: { backend, cpu, cores, platform, arch, node } }) =>
          `${backend} on ${cpu}, ${plural(cores, 'core')}, ${platform} ${arch}, Node ${node}`,
      ),
      ...records.map(buildText),
    ].map(text => ({ text, runs: 1 })),
  )
}

/** Equal conditions in one line. */
function summed(conditions: readonly Condition[]): Condition[] {
  const counts = new Map<string, number>()
  for (const { text, runs } of conditions) counts.set(text, (counts.get(text) ?? 0) + runs)
  return [...counts].map(([text, runs]) => ({ text, runs }))
}

function buildText({ stored, environment: { version, git } }: RunRecord | FailedRecord): string {
  const code = git ? `, commit ${git.commit.slice(0, 12)}${git.isDirty ? ' with changes' : ''}` : ''
  return `Heddle ${version}${code}, trained on ${new Date(stored.createdAt).toISOString().slice(0, 10)}`
}
