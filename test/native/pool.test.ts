import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const compiler = process.env.CXX ?? 'c++'
const missing = spawnSync(compiler, ['--version']).status !== 0

/** A network's task throws where there is no memory, which no test can ask for: so the pool is compiled alone. */
test.skipIf(missing)(
  'what a task throws on any thread reaches the caller, and the next run is whole',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'heddle-pool-'))
    const program = join(folder, 'pool')
    const sources = ['test/native/pool.cc', 'native/threads.cc']
    execFileSync(compiler, ['-std=c++17', '-O1', '-pthread', '-Wall', '-Wextra', ...sources, '-o', program])
    const { status, stdout } = spawnSync(program, { encoding: 'utf8', timeout: 20_000 })
    rmSync(folder, { recursive: true })
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
  },
  60_000,
)
