import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sequential } from '../../src/model/graph.ts'
import { createNetwork } from '../../src/network/network.ts'
import { saveModel } from '../../src/network/saved-model.ts'
import { conv2d, dense, globalAveragePooling2d } from '../../src/nn/layers/index.ts'
import { heddle } from './heddle.ts'

const cwd = mkdtempSync(join(tmpdir(), 'heddle-train-'))
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

beforeAll(async () => {
  for (const [name, background] of [
    ['brick', '#803020'],
    ['sky', '#2050c0'],
  ] as const) {
    mkdirSync(join(cwd, 'photos', name), { recursive: true })
    for (let i = 0; i < 8; i++) {
      const picture = sharp({ create: { width: 24 + i, height: 20, channels: 3, background } })
      await picture.png().toFile(join(cwd, 'photos', name, `${i}.png`))
    }
  }
  const backbone = sequential([
    conv2d({ filters: 4, kernelSize: 3, strides: 2, activation: 'relu' }),
    globalAveragePooling2d(),
    dense({ units: 5, activation: 'softmax' }),
  ])
  await saveModel(createNetwork(backbone, { inputShape: [16, 16, 3] }), join(cwd, 'backbone.safetensors'))
})

test('one command: audit, a head behind a backbone beside a small network, verdict and report', async () => {
  const { code, stdout, stderr } = await heddle(
    ['train', 'photos', '--backbone', 'backbone.safetensors', '--seeds', '2', '--epochs', '2'],
    { cwd },
  )
  expect(code, stderr).toBe(0)
  for (const part of ['brick', 'Training', 'transfer', 'small-cnn', 'Verdict', 'report.html'])
    expect(stdout).toContain(part)
  expect(stderr).toMatch(
    /transfer: 2 layers of backbone\.safetensors \(SHA-256 [0-9a-f]{12}\), all of them frozen/,
  )
  expect(readFileSync(join(cwd, 'report.html'), 'utf8')).toContain(
    'Pretrained: 2 layers of backbone.safetensors',
  )
}, 120_000)

test('Ctrl-C: the command that is printed goes on', async () => {
  const args = ['train', 'photos', '--seeds', '2', '--epochs', '200', '--no-report']
  const env = { HEDDLE_THREADS: '1', HEDDLE_EPOCHS: '3', HEDDLE_SEED: '7' }
  let isSent = false
  const stopped = await heddle(args, {
    ...{ cwd, env },
    onStderr(stderr, child) {
      if (!isSent && /epoch +\d+\/200/.test(stderr)) isSent = child.kill('SIGINT')
    },
  })
  expect(stopped.code, stopped.stderr).toBe(130)
  const command = stopped.stderr.match(/Go on with: heddle (.*)\n/)![1]!
  expect(command).toBe(`${args.join(' ')} --resume`)
  const resumed = await heddle(command.split(' '), { cwd, env })
  expect(resumed.code, resumed.stderr).toBe(0)
  expect(resumed.stderr).toMatch(/small-cnn, seed 1 goes on from step \d+: run [0-9a-f]{12}\./)
}, 120_000)

test('what cannot be is refused before anything is trained', async () => {
  const refused = async (...args: string[]) => {
    const { code, stderr } = await heddle(args, { cwd })
    expect(code).toBe(2)
    return stderr
  }
  expect(await refused('train', 'nowhere')).toContain('nowhere is no folder')
  expect(await refused('train', 'photos', '--backbone', 'absent.keras')).toContain('There is no file')
}, 60_000)
