import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { heddle } from './heddle.ts'

const cwd = mkdtempSync(join(tmpdir(), 'heddle-print-json-'))
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

test('run --print-json prints the experiment with its options, which runs as JSON, and trains nothing', async () => {
  writeFileSync(
    join(cwd, 'two.ts'),
    `import { dense, experiment, fashionMnistMini, flatten, sequential } from 'heddle'
const network = (units: number) => sequential([flatten(), dense({ units }), dense({ units: 10, activation: 'softmax' })])
const models = { small: network(4), large: network(8) }
const train = { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', epochs: 9 } as const
export default experiment({ name: 'two', data: fashionMnistMini(), models, train })
`,
  )
  const printed = await heddle(['run', 'two.ts', '--model', 'small', '--epochs', '3', '--print-json'], {
    cwd,
  })
  expect(printed, printed.stderr).toMatchObject({ code: 0, stderr: '' })
  const { kind, models, train } = JSON.parse(printed.stdout)
  expect({ kind, models: Object.keys(models), epochs: train.epochs }).toEqual({
    kind: 'experiment',
    models: ['small'],
    epochs: 3,
  })
  writeFileSync(join(cwd, 'one.json'), printed.stdout)
  expect((await heddle(['run', 'one.json', '--print-json'], { cwd })).stdout).toBe(printed.stdout)
  expect(existsSync(join(cwd, '.heddle'))).toBe(false)
}, 30_000)

test('a JSON that is printed in another folder says where its paths begin', async () => {
  mkdirSync(join(cwd, 'below'))
  const { code, stderr } = await heddle(['run', '../two.ts', '--print-json'], { cwd: join(cwd, 'below') })
  expect(code).toBe(0)
  expect(stderr).toContain(`Paths of its data are relative to ${cwd}: save it there.`)
}, 30_000)
