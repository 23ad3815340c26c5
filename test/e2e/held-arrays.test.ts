import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const program = fileURLToPath(new URL('held-arrays.mjs', import.meta.url))

describe('arrays that are transferred, shrunk or overwritten during a run', () => {
  test.each(['native', 'wasm'])('give the same numbers or a message, never a signal: %s', backend => {
    const { stdout, stderr, signal } = spawnSync(process.execPath, [program, backend], { encoding: 'utf8' })
    expect({ stdout, stderr, signal }).toEqual({ stdout: 'done\n', stderr: '', signal: null })
  })
})
