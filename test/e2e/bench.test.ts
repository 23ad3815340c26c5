import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engine } from '../support/engines.ts'
import { heddle, type StartOptions } from './heddle.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-bench-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const bench = (args: readonly string[], options: Omit<StartOptions, 'cwd'> = {}) =>
  heddle(['bench', ...args], { cwd: folder, ...options })
const quick = ['--rounds', '2', '--seconds', '0.02', '--backend', engine.name, '--threads', '1']

interface Result {
  readonly comparisons: readonly {
    readonly model: string
    readonly what: string
    readonly batch: number
    readonly parameters: number
    readonly absent: readonly string[]
    readonly standings: readonly {
      readonly contestant: string
      readonly medianMs: number
      readonly minMs: number
      readonly maxMs: number
      readonly p99Ms?: number
      readonly rounds: number
    }[]
  }[]
}

test('a step and inference of a model, as JSON', async () => {
  const { code, stdout } = await bench([
    ...quick,
    '--model',
    '002/basic',
    '--what',
    'step,inference',
    '--peers',
    'none',
    '--json',
  ])
  expect(code).toBe(0)
  const { comparisons } = JSON.parse(stdout) as Result
  expect(comparisons.map(({ model, what, batch }) => [model, what, batch])).toEqual([
    ['basic-vs-standard/basic', 'step', 64],
    ['basic-vs-standard/basic', 'inference', 1],
    ['basic-vs-standard/basic', 'inference', 256],
  ])
  for (const { parameters, standings, what } of comparisons) {
    expect(parameters).toBe(54_410)
    expect(standings).toHaveLength(1)
    const { contestant, minMs, medianMs, maxMs, p99Ms, rounds } = standings[0]!
    expect(contestant).toMatch(/^heddle/)
    expect(rounds).toBe(2)
    expect(minMs).toBeGreaterThan(0)
    expect(medianMs).toBeGreaterThanOrEqual(minMs)
    expect(maxMs).toBeGreaterThanOrEqual(medianMs)
    expect(p99Ms === undefined).toBe(what === 'step')
  }
})

test.each([
  ['pytorch', 'PEERS_PYTHON', 'a Python'],
  ['jax-js', 'PEERS_NODE_MODULES', 'a node_modules folder'],
])('%s that is not installed is named as missing, in the results too', async (peer, variable, what) => {
  const nowhere = join(folder, 'nowhere')
  const { code, stdout, stderr } = await bench(
    [...quick, '--model', '002/basic', '--peers', peer, '--json'],
    { env: { [variable]: nowhere } },
  )
  expect(code).toBe(0)
  const message = `${peer} is missing: there is no ${nowhere}. Install the peers with`
  expect(stderr).toContain(message)
  expect(stderr).toContain(`or name ${what} that has them in ${variable}.`)
  expect((JSON.parse(stdout) as Result).comparisons[0]!.absent[0]).toContain(message)
})

test.each([
  ['tensorflowjs', '@tensorflow/tfjs-core'],
  ['jax-js', '@jax-js/jax'],
])('%s whose folder lacks its package is missing', async (peer, packageName) => {
  const { code, stderr } = await bench([...quick, '--model', '002/basic', '--peers', peer], {
    env: { PEERS_NODE_MODULES: mkdtempSync(join(folder, 'node_modules-')) },
  })
  expect(code).toBe(0)
  expect(stderr).toContain(`${peer} is missing: Cannot find module '${packageName}'.`)
})

test('results are added to a folder, and are not measured again at the same commit', async () => {
  const results = join(folder, 'results')
  const args = [...quick, '--peers', 'none', '--record', results]
  const read = () => (JSON.parse(readFileSync(join(results, 'step.json'), 'utf8')) as Result).comparisons
  expect((await bench([...args, '--model', '002/basic'])).code).toBe(0)
  const [first] = read()
  expect((await bench([...args, '--model', '002', '--resume'])).code).toBe(0)
  expect(read().map(({ model }) => model)).toEqual(['basic-vs-standard/basic', 'basic-vs-standard/standard'])
  expect(read()[0]).toEqual(first)
})

describe('what cannot be measured', () => {
  test.each([
    [['--peers', 'caffe'], 'caffe'],
    [['--what', 'training'], '--what'],
    [['--batch', '0'], '--batch'],
    [['--threads', 'many'], '--threads'],
    [['--seconds', '0'], '--seconds must be a number above 0, such as 0.3, not "0".'],
    [['--resume'], '--resume needs --record <folder>: the results that it adds to.'],
    [['--model', '002/no-such'], 'no-such'],
    [['--model', 'nowhere.ts'], 'nowhere.ts'],
  ])('%o', async (args, message) => {
    const { code, stderr, stdout } = await bench([...args, '--rounds', '1'])
    expect(stderr).toContain(message)
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })

  test('an experiment that is broken', async () => {
    writeFileSync(join(folder, 'broken.ts'), 'export default 7\n')
    const { code, stderr } = await bench(['--model', 'broken.ts', '--rounds', '1'])
    expect(stderr).toContain('broken.ts')
    expect(code).toBe(2)
  })
})
