import { describe, expect, test } from 'vitest'
import type { Form, FormFields } from '../../base/form.ts'
import { formOf } from '../../base/schema.ts'
import { augmentations } from '../../data/augment/index.ts'
import { fashionMnistMini, loadDataset } from '../../data/source.ts'
import { layers as layerFamily, parseLayer } from '../../nn/layers/index.ts'
import { losses } from '../../nn/losses/loss.ts'
import { optimizers } from '../../nn/optimizers/index.ts'
import type { Draft } from '../../protocol/requests.ts'
import { callbacks } from '../../train/callbacks/index.ts'
import { trainFields } from '../../train/options.ts'
import { checkDraft, experimentOfDraft } from './drafts.ts'
import { templates } from './templates.ts'

const data = await loadDataset(fashionMnistMini())
const { nodes, train } = templates[0]!
const draft: Draft = { data: 'fashion-mnist-mini', nodes, train, pretrained: null }
const check = (changed: Partial<Draft>) => checkDraft({ ...draft, ...changed }, fashionMnistMini(), data)
const withLayer = (index: number, layer: Draft['nodes'][number]['layer']): Draft['nodes'] =>
  nodes.map((node, i) => (i === index ? { ...node, layer } : node))

describe('a draft', () => {
  test.each(templates.map(template => [template.model, template] as const))(
    '%s has nothing wrong',
    (_, template) => {
      const checked = checkDraft(template, fashionMnistMini(), data)
      expect([checked.error, checked.train, checked.advice]).toEqual([null, {}, []])
      expect(checked.nodes.filter(({ error }) => error !== undefined)).toEqual([])
    },
  )

  test('what is known of each layer is what the model has', () => {
    const [first, , third] = check({}).nodes
    expect(first).toEqual({
      outputShape: [26, 26, 16],
      parameterCount: 160,
      multiplyAdds: 97344,
      receptiveField: [3, 3],
    })
    expect(third?.receptiveField).toEqual([8, 8])
  })

  test('a layer that does not fit says so, those before it are known, those behind it are not', () => {
    const checked = check({ nodes: withLayer(2, { kind: 'conv2d', filters: 8, kernelSize: 30 }) })
    expect(checked.nodes.map(node => ('outputShape' in node ? 'known' : (node.error ?? 'unknown')))).toEqual([
      'known',
      'known',
      expect.stringContaining('a window of 30 × 30 does not fit into an image of 13 × 13'),
      'unknown',
      'unknown',
      'unknown',
      'unknown',
    ])
  })

  test('every option that is wrong is named at once', () => {
    const broken = check({
      nodes: withLayer(0, { kind: 'conv2d', filters: 'many', kernelSize: 3 }),
      train: { ...train, epochs: 0, optimizer: { kind: 'adam', beta1: 2 } },
    })
    expect(broken.nodes[0]?.error).toBe('conv2d: filters must be a whole number of at least 1, not "many".')
    expect(broken.train).toEqual({
      epochs: 'epochs must be a whole number of at least 1, not 0.',
      optimizer: 'adam: beta1 must be a number of at least 0 and below 1, not 2.',
    })
  })

  test('an option that is required and left out is named in its message', () => {
    const { optimizer: _, ...others } = train
    expect(check({ train: others }).train).toEqual({ optimizer: 'The option "optimizer" is required.' })
  })

  test('the doctor speaks before training', () => {
    const tanh = { kind: 'dense', units: 10, activation: 'tanh' }
    expect(check({ nodes: withLayer(6, tanh) }).advice.map(({ rule, layer }) => [rule, layer])).toEqual([
      ['loss-head', 'dense'],
    ])
  })

  test('names that are taken and layers that are not there are refused where they are', () => {
    const twice = nodes.map(node => ({ ...node, name: node.name === 'conv2d_1' ? 'conv2d' : node.name }))
    expect(check({ nodes: twice }).nodes[2]?.error).toBe('Two layers are called "conv2d".')
    const lost = nodes.map((node, i) => (i === 3 ? { ...node, inputs: ['nobody'] } : node))
    expect(check({ nodes: lost }).nodes[3]?.error).toBe(
      'It reads "nobody", which no earlier layer is called.',
    )
  })

  test('writes no file', () => {
    const logged = { ...draft, train: { ...train, callbacks: [{ kind: 'csvLogger', path: 'log.csv' }] } }
    const named = { experiment: 'a', model: 'b' }
    expect(() => experimentOfDraft(logged, named, fashionMnistMini())).toThrow(
      'csvLogger writes a file, and a run of the studio writes none. Remove it: the page of the run has every number.',
    )
  })
})

/** What a form's fields are until a user changes them. */
function untouched(fields: FormFields): Record<string, unknown> {
  const given = Object.entries(fields).filter(([, { fallback }]) => fallback !== undefined)
  return Object.fromEntries(given.map(([name, { fallback }]) => [name, fallback]))
}

/** What must be entered, by option. */
const entered: Readonly<Record<string, unknown>> = {
  filters: 4,
  units: 4,
  kernelSize: 3,
  rate: 0.3,
  stddev: 0.1,
  scale: 2,
  activation: 'relu',
  targetShape: [784],
  dims: [2, 1, 3],
  height: 14,
  width: 14,
  mean: 0,
  variance: 1,
}

describe('forms', () => {
  test.each(Object.entries(layerFamily.definitions))(
    '%s: what its form has at first is a layer',
    (kind, { fields }) => {
      const form = formOf(fields)
      const required = Object.keys(form).filter(name => form[name]!.required)
      const layer = {
        kind,
        ...untouched(form),
        ...Object.fromEntries(required.map(name => [name, entered[name]])),
      }
      expect(parseLayer(layer, kind)).toMatchObject({ kind, ...untouched(form) })
    },
  )

  const kinds = Object.entries(formOf(trainFields)).flatMap(([name, { form }]) =>
    kindsOf(form).map(kind => [name, kind] as const),
  )
  test('optimizers, losses, augmentations and callbacks have a form for each kind', () => {
    const families = [optimizers, losses, augmentations, callbacks].map(({ definitions }) => definitions)
    expect(kinds.map(([, kind]) => kind).sort()).toEqual(families.flatMap(Object.keys).sort())
  })
})

function kindsOf(form: Form): string[] {
  if (form.type === 'list' || form.type === 'optional') return kindsOf(form.of)
  return form.type === 'kinds' ? Object.keys(form.kinds) : []
}
