import { afterEach, expect, test } from 'vitest'
import { chooseEngine, trainingEngine } from './options.ts'
import { Terminal } from './terminal.ts'

const before = process.env.HEDDLE_NATIVE
afterEach(() => {
  if (before === undefined) delete process.env.HEDDLE_NATIVE
  else process.env.HEDDLE_NATIVE = before
})

test.each([
  [chooseEngine, /^$/],
  [trainingEngine, /^heddle: The native engine is not available: .* Trying the WebAssembly engine, .*\n$/],
])('a missing native engine: only a command that trains says so', (choose, printed) => {
  process.env.HEDDLE_NATIVE = '/nonexistent'
  const lines: string[] = []
  const stream = { write: (text: string) => void lines.push(text) }
  const terminal = new Terminal({ stdout: stream, stderr: stream, env: {}, color: false })
  expect(choose({ backend: 'auto', threads: undefined }, terminal).name).toBe('wasm')
  expect(lines.join('')).toMatch(printed)
  expect(lines.join('').length).toBeLessThan(240)
})
