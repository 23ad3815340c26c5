/**
 * Keeps what `heddle reproduce` found, and makes docs/measured.md anew.
 *
 *     heddle reproduce                        # hours; goes on where it was stopped
 *     npx jiti bench/reproduction.ts          # or: npx jiti bench/reproduction.ts FOLDER
 *
 * Writes bench/results/reproduction/: a file for each report with its results, and the builds, machines and numbers of runs that made
 * them, and findings.txt. Seconds are left out: the machine did other work.
 */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { measuredPage } from './measured.ts'

const folder = process.argv[2] ?? 'reproduction'
const kept = (name: string): URL => new URL(`results/reproduction/${name}`, import.meta.url)

for (const id of ['000', '001', '002', '003', '004']) {
  const file = join(folder, id, 'report.json')
  if (!existsSync(file)) continue
  const { results, verdicts, conditions } = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(kept(`${id}.json`), `${JSON.stringify({ conditions, verdicts, results }, null, 1)}\n`)
}
copyFileSync(join(folder, 'findings.txt'), kept('findings.txt'))
writeFileSync(new URL('../docs/measured.md', import.meta.url), measuredPage())
