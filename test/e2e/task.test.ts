import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fashionMnistMini } from '../../src/data/source.ts'
import { heddle } from './heddle.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-task-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const task = async (value: unknown) => {
  const input = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
  const { code, stdout, stderr } = await heddle(['task'], { cwd: folder, input })
  const events = stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Record<string, unknown>)
  return { code, events, stderr }
}

test('a task on stdin is answered with events, a line of JSON each', async () => {
  const { code, events } = await task({ kind: 'audit', data: fashionMnistMini() })
  expect(code).toBe(0)
  expect(events[0]).toEqual({ type: 'progress', text: 'Auditing: comparing 2000 images …' })
  expect(events.at(-1)).toMatchObject({ type: 'result', value: { dataset: { name: 'fashion-mnist-mini' } } })
}, 60_000)

test.each([
  ['{', 2, { kind: 'usage', message: expect.stringMatching(/^The task is not JSON: /) }],
  [
    { kind: 'rm' },
    2,
    {
      kind: 'usage',
      message:
        'A task must be an object whose kind is one of train, resume, evaluate, compare, audit, map, job, runs, publish, work, not {"kind":"rm"}.',
    },
  ],
  [
    { kind: 'evaluate', run: 'ffffffffffff' },
    2,
    { kind: 'missing', message: 'There is no run "ffffffffffff" in this store.' },
  ],
])('what cannot be done is the last event, and the words are on stderr: %j', async (value, code, error) => {
  const ended = await task(value)
  expect(ended.events).toEqual([{ type: 'failed', error }])
  expect(ended.code).toBe(code)
  expect(ended.stderr).toBe(`heddle: ${(ended.events[0]!.error as { message: string }).message}\n`)
})

test.each([
  [['evaluate', 'last', '--json'], 'There are no runs in '],
  [['compare', 'a', 'b', '--json'], 'There is no run '],
  [['evaluate', 'last', '--json', '--threads', 'x'], '--threads must be a whole number'],
])('a command with --json that fails says so in JSON, too: %j', async (args, words) => {
  const { code, stdout, stderr } = await heddle(args, { cwd: folder })
  const { error } = JSON.parse(stdout)
  expect([code, error.message.startsWith(words)]).toEqual([2, true])
  expect(['usage', 'missing']).toContain(error.kind)
  expect(stderr).toContain(`heddle: ${error.message}`)
})
