import { readFileSync } from 'node:fs'
import { strToU8, zipSync } from 'fflate'
import { expect, test } from 'vitest'
import { fuzzInputs, refusals } from '../../../../test/support/fuzz.ts'
import { changedJson, damaged } from '../../../testing/dice.ts'
import { writeHdf5 } from '../hdf5.ts'
import { readModel } from '../model-formats.ts'
import { readZip } from '../zip.ts'
import { kerasGraph } from './keras-graph.ts'
import { readKerasModel } from './read-model.ts'

const INPUTS = fuzzInputs(100)
const longest = 3000

const golden = (name: string): Buffer =>
  readFileSync(new URL(`../../../../test/parity/golden/keras/${name}`, import.meta.url))
const MEMBERS = ['metadata.json', 'config.json', 'model.weights.h5']

const read = (bytes: Uint8Array) => readModel(bytes, { name: 'model' })

test.each(['keras3-functional.keras', 'keras3-sequential.h5', 'keras2-functional.h5'])(
  `${INPUTS} damaged copies of %s: read, or refused in words`,
  async file => {
    const sound = golden(file)
    const refused = await refusals(dice => read(damaged(sound, dice)), { inputs: INPUTS, seed: 3, longest })
    expect(refused).toBeGreaterThan(0)
  },
)

test.each(['keras3-functional.keras', 'keras2-sequential.keras'])(
  `${INPUTS} changed configurations of %s: read, or refused in words`,
  async file => {
    const text = Buffer.from((await readZip(golden(file), MEMBERS)).get('config.json')!).toString()
    const arraysOf = () => ({ shapes: [], numbers: () => new Float32Array(0) })
    const refused = await refusals(
      dice =>
        readKerasModel({ config: changedJson(text, dice), version: '3', about: null, arraysOf }, undefined),
      { inputs: INPUTS, seed: 4, longest },
    )
    expect(refused).toBeGreaterThan(INPUTS / 4)
  },
)

const archive = (members: Record<string, Uint8Array>, level: 0 | 9 = 0): Uint8Array =>
  zipSync(members, { level })
const dense = (config: object) => ({
  class_name: 'Sequential',
  config: {
    name: 'm',
    layers: [
      { class_name: 'InputLayer', config: { batch_shape: [null, 4], name: 'i' } },
      { class_name: 'Dense', config: { name: 'd', ...config } },
    ],
  },
})
const model = (config: unknown, weights: Uint8Array = new Uint8Array(0)) => ({
  'metadata.json': strToU8('{"keras_version": "3.15.1"}'),
  'config.json': strToU8(JSON.stringify(config)),
  'model.weights.h5': weights,
})

test('bombs, links, false sizes, deep texts and programs are refused in words', async () => {
  const zeros = new Uint8Array(200_000_000)
  await expect(read(archive({ 'metadata.json': strToU8('{}'), 'config.json': zeros }, 9))).rejects.toThrow(
    'this is no model, or a trap',
  )
  await expect(
    read(archive({ ...model({}), 'config.json': strToU8('{"a":'.repeat(100_000)) })),
  ).rejects.toThrow('nested more than 64 levels deep')
  const huge = await writeHdf5({ members: {} })
  await expect(read(archive(model(dense({ units: 2 ** 31 }), huge)))).rejects.toThrow('"d" (Dense)')
  await expect(read(archive(model(dense({ units: 3 }), huge)))).rejects.toThrow('it needs 2 (kernel, bias)')
  const lambda = { class_name: 'Lambda', config: { name: 'f', function: ['4wEAAAA'] } }
  const program = {
    class_name: 'Sequential',
    config: { name: 'm', layers: [dense({}).config.layers[0], lambda] },
  }
  await expect(read(archive(model(program, huge)))).rejects.toThrow('layer "f" (Lambda)')
  const { 'model.weights.h5': _, ...rest } = model({})
  await expect(read(archive(rest))).rejects.toThrow(/^model: it has no model\.weights\.h5/)
  await expect(read(strToU8('PK\u0003\u0004metadata.json'))).rejects.toThrow('ZIP archive is damaged')
}, 60_000)

test('HDF5 that leads elsewhere, or announces more than there is, is refused', async () => {
  const { default: h5 } = await import('h5wasm')
  const { FS } = (await h5.ready) as unknown as { FS: { readFile(path: string): Uint8Array } }
  const made = (fill: (vars: InstanceType<typeof h5.Group>) => void): Uint8Array => {
    const file = new h5.File('/made.h5', 'w')
    fill(file.create_group('layers').create_group('dense').create_group('vars'))
    file.close()
    return Uint8Array.from(FS.readFile('/made.h5'))
  }
  const refusal = (fill: (vars: InstanceType<typeof h5.Group>) => void, units = 3) =>
    expect(read(archive(model(dense({ units, use_bias: false }), made(fill))))).rejects
  await refusal(vars => vars.create_soft_link('/layers', '0')).toThrow('is a link')
  await refusal(vars => vars.create_soft_link('/layers/dense/vars/0', '0')).toThrow('is a link')
  await refusal(vars => vars.create_external_link('/etc/passwd', '/x', '0')).toThrow('is a link')
  await refusal(
    vars =>
      vars.create_dataset({
        name: '0',
        data: new Float32Array(4e6),
        shape: [4, 1e6],
        chunks: [4, 1e5],
        compression: 9,
      }),
    1e6,
  ).toThrow('this is no model, or a trap')
  await refusal(vars => vars.create_dataset({ name: '0', data: new Float32Array(8), shape: [4, 2] })).toThrow(
    'has the shape',
  )
  await refusal(vars => vars.create_dataset({ name: '0', data: new Int32Array(12), shape: [4, 3] })).toThrow(
    'does not hold numbers of 32 or 64 bits',
  )
})

test('a graph that reads itself, uses a layer twice or has two inputs is refused', () => {
  const layer = (name: string, reads: string[][]) => ({
    class_name: 'Dense',
    name,
    config: { name, units: 2 },
    inbound_nodes: reads.map(node => node.map(from => [from, 0, 0, {}])),
  })
  const functional = (layers: unknown[], inputs: string[] = ['i']) => ({
    class_name: 'Functional',
    config: {
      name: 'f',
      layers,
      input_layers: inputs.map(name => [name, 0, 0]),
      output_layers: [['b', 0, 0]],
    },
  })
  const input = {
    class_name: 'InputLayer',
    name: 'i',
    config: { batch_input_shape: [null, 4], name: 'i' },
    inbound_nodes: [],
  }
  const refused = (value: unknown) => expect(() => kerasGraph(value))
  refused(functional([input, layer('a', [['b']]), layer('b', [['a']])])).toThrow('or reads it in turn')
  refused(functional([input, layer('b', [['i'], ['i']])])).toThrow('is used 2 times')
  refused(functional([input, layer('b', [['i']])], ['i', 'j'])).toThrow('has 2 inputs and 1 outputs')
})
