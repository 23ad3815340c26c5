// Counts duplicated blocks (six lines and 70 tokens, or more) outside of tests, and fails if there are more than LIMIT.
//
//   node scripts/duplicates.mjs
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Lower it when the count falls. */
const LIMIT = 3

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const existsHere = folder => existsSync(join(root, folder))
const folder = mkdtempSync(join(tmpdir(), 'heddle-duplicates-'))
const { stdout, stderr, error } = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules/jscpd/run-jscpd.js'),
    ...['src', 'studio/src', 'reports', 'bench', 'scripts', 'native', 'experiments'].filter(existsHere),
    ...['--min-lines', '6', '--min-tokens', '70', '--reporters', 'json', '--output', folder],
    ...['--ignore', '**/*.test.ts,**/*.test.tsx,**/*.contract.ts,**/*.json,**/*.md,**/node_modules/**'],
  ],
  { cwd: root, encoding: 'utf8' },
)
let clones
try {
  clones = JSON.parse(readFileSync(join(folder, 'jscpd-report.json'), 'utf8')).duplicates
} catch {
  console.error(`jscpd made no report. ${error?.message ?? ''}${stdout}${stderr}`)
  process.exit(1)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
for (const { lines, firstFile, secondFile } of clones)
  console.log(
    `${lines} lines: ${firstFile.name}:${firstFile.start} and ${secondFile.name}:${secondFile.start}`,
  )
console.log(`${clones.length} duplicated blocks; at most ${LIMIT} are allowed.`)
process.exit(clones.length > LIMIT ? 1 : 0)
