import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const [program, workers] = ['held-arrays.mjs', 'ended-workers.mjs'].map(name =>
  fileURLToPath(new URL(name, import.meta.url)),
) as [string, string]

describe('arrays that are transferred, shrunk or overwritten during a run', () => {
  test.each(['native', 'wasm'])('give the same numbers or a message, never a signal: %s', backend => {
    const { stdout, stderr, signal } = spawnSync(process.execPath, [program, backend], { encoding: 'utf8' })
    expect({ stdout, stderr, signal }).toEqual({ stdout: 'done\n', stderr: '', signal: null })
  })
})

// The engine's threads go on with a call whose thread has ended, and must own all that they read and write.
test.each(['native', 'wasm'])(
  'worker threads may be terminated while they train and predict: %s',
  backend => {
    const { stdout, stderr, signal } = spawnSync(process.execPath, [workers, backend], { encoding: 'utf8' })
    expect({ stdout, stderr, signal }).toEqual({ stdout: 'done\n', stderr: '', signal: null })
  },
)
