/**
 * The search that report 004 recommends, then its sealed test: about 25 minutes on two cores.
 *
 *   node scripts/setup.mjs --data && npx jiti bench/search/report-004.ts
 *
 * Writes bench/results/report-004-search.json.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StudyView } from '../../src/protocol/study.ts'
import { thisBuild } from '../measured/parts.ts'

const SEARCH = 'report-004-search'

const store = mkdtempSync(join(tmpdir(), 'heddle-bench-report-004-'))
const heddle = (args: readonly string[], stdout: 'inherit' | 'pipe' = 'inherit'): string => {
  const program = [
    new URL('../../bin/heddle.js', import.meta.url).pathname,
    'search',
    ...args,
    '--store',
    store,
  ]
  const { status, stdout: text } = spawnSync(process.execPath, program, {
    stdio: ['inherit', stdout, 'inherit'],
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (status !== 0) throw new Error(`heddle ${args.join(' ')} ended with code ${status}.`)
  return text
}

heddle([SEARCH, '--workers', '2'])
heddle(['--resume', SEARCH, '--final'])
const { trials, verdict, final, finalSentence, budget, ended, looks }: StudyView = JSON.parse(
  heddle(['show', SEARCH, '--json'], 'pipe'),
)
const result = {
  ...thisBuild(),
  ...{ ended, budget, looks, verdict, final, finalSentence },
  trials: trials.map(({ reports: _, run: __, ...facts }) => facts),
}
writeFileSync(
  new URL('../results/report-004-search.json', import.meta.url),
  `${JSON.stringify(result, null, 2)}\n`,
)
rmSync(store, { recursive: true })
