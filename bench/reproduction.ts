/**
 * Keeps what `heddle reproduce` found, and prints the README's table of it.
 *
 *     heddle reproduce                        # hours; goes on where it was stopped
 *     npx jiti bench/reproduction.ts          # or: npx jiti bench/reproduction.ts FOLDER
 *
 * Writes bench/results/reproduction/: a file for each report with its results, and the builds, machines and numbers of runs that made
 * them, and findings.txt. Seconds are left out: the machine did other work.
 */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv[2] ?? 'reproduction'
const kept = (name: string): URL => new URL(`results/reproduction/${name}`, import.meta.url)

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

const four = (value: number | null): string => (value === null ? '' : value.toFixed(4))
const three = (value: number | null): string => (value === null ? '' : value.toFixed(3))

const lines = [
  '| model | accuracy printed | reproduced | loss printed | reproduced | verdict |',
  '|---|---|---|---|---|---|',
]
for (const id of ['000', '001', '002', '003', '004']) {
  const file = join(folder, id, 'report.json')
  if (!existsSync(file)) continue
  const { results, verdicts, conditions } = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(kept(`${id}.json`), `${JSON.stringify({ conditions, verdicts, results }, null, 1)}\n`)
  for (const row of (results as Row[]).slice(0, verdicts.length)) {
    const accuracy = `${four(row.accuracy)}${row.std === null ? '' : ` ± ${four(row.std)}`}`
    lines.push(
      `| ${row.model} | ${four(row.reportedAccuracy)} | ${accuracy} | ${three(row.reportedLoss)} | ${three(row.loss)} | ${row.verdict} |`,
    )
  }
}
copyFileSync(join(folder, 'findings.txt'), kept('findings.txt'))
console.log(lines.join('\n'))
