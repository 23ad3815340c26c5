/**
 * Asks `heddle serve` as other people's programs do, unchanged: tritonclient and kserve (clients.py), and schemathesis, which makes
 * requests from `/openapi.json` and fails on an answer of status 500 or one that the document does not have.
 *
 *   npx jiti test/parity/serving/clients.ts [--bin .peers/serving/bin] [--examples 20] [--seed 1]
 *
 * The first run makes a virtual environment of Python with them. Nothing else needs it.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { kill, type Served, serve, trainedModel } from '../../../bench/serve/served.ts'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const { values: given } = parseArgs({
  options: {
    bin: { type: 'string', default: at('../../../.peers/serving/bin') },
    examples: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
  },
})

function install(): void {
  const requirements = at('requirements.txt')
  const ready = join(given.bin, 'requirements.txt')
  const wanted = readFileSync(requirements, 'utf8')
  if (existsSync(ready) && readFileSync(ready, 'utf8') === wanted) return
  execFileSync('python3', ['-m', 'venv', dirname(given.bin)], { stdio: 'inherit' })
  execFileSync(join(given.bin, 'pip'), ['install', '--quiet', '-r', requirements], { stdio: 'inherit' })
  writeFileSync(ready, wanted)
}

/** Whether it ended without a finding. */
function passes(program: string, args: readonly string[]): boolean {
  return spawnSync(join(given.bin, program), args, { cwd: folder, stdio: 'inherit' }).status === 0
}

install()
const folder = mkdtempSync(join(tmpdir(), 'heddle-clients-'))
let server: Served | null = null
try {
  const { model } = await trainedModel(folder)
  server = await serve(`standard=${model}`)
  const address = `127.0.0.1:${server.port}`
  const checks =
    'not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance'
  const requests = [
    ...['run', `http://${address}/openapi.json`, '--checks', checks, '--phases', 'coverage,fuzzing'],
    ...['--max-examples', given.examples, '--seed', given.seed],
  ]
  const results = [
    passes('python', [at('clients.py'), address, 'standard']),
    passes('schemathesis', requests),
  ]
  // The names that it makes up are those of no model: once more with the name and version of ours.
  writeFileSync(
    join(folder, 'schemathesis.toml'),
    '[parameters]\n"path.name" = "standard"\n"path.version" = "1"\n',
  )
  results.push(passes('schemathesis', requests))
  if (results.includes(false)) process.exitCode = 1
} finally {
  if (server) await kill(server)
  rmSync(folder, { recursive: true })
}
