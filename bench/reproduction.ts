/**
 * Keeps what `npm run reproduce` found.
 *
 *     npm run reproduce                       # hours; goes on where it was stopped
 *     npx jiti bench/reproduction.ts          # or: npx jiti bench/reproduction.ts FOLDER
 *     npx jiti bench/measured.ts              # makes the tables of docs/measured.md
 *
 * Writes bench/results/reproduction/: a file for each report with its results, and the builds, machines and numbers of runs that made
 * them, and findings.txt. Rows of an earlier build stay, marked, until their model is trained again. Seconds are left out: the
 * machine did other work.
 */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ReportFile } from './measured/reproduction.ts'

const folder = process.argv[2] ?? 'reproduction'
const kept = (name: string): URL => new URL(`results/reproduction/${name}`, import.meta.url)

for (const id of ['000', '001', '002', '003', '004']) {
  const file = join(folder, id, 'report.json')
  if (!existsSync(file)) continue
  const { results, verdicts, conditions } = JSON.parse(readFileSync(file, 'utf8')) as ReportFile & {
    readonly verdicts: readonly object[]
  }
  const { earlier } = JSON.parse(readFileSync(kept(`${id}.json`), 'utf8')) as ReportFile
  const open = earlier?.results.filter(
    ({ model }) => !results.some(row => row.model === model && row.accuracy !== null),
  )
  const still = open && open.length > 0 ? { earlier: { ...earlier, results: open } } : {}
  writeFileSync(
    kept(`${id}.json`),
    `${JSON.stringify({ conditions, verdicts, results, ...still }, null, 1)}\n`,
  )
}
copyFileSync(join(folder, 'findings.txt'), kept('findings.txt'))
