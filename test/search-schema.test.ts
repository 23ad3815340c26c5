import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import report004 from '../experiments/report-004-search.ts'
import { schemaFile } from '../scripts/make-schema.ts'
import { distributions } from '../src/search/distributions/index.ts'
import { samplers } from '../src/search/samplers/index.ts'
import { schedulers } from '../src/search/schedulers/index.ts'
import { parseSearch } from '../src/search/search.ts'

const schema = JSON.parse(readFileSync(schemaFile('search'), 'utf8'))
const validate = new Ajv2020({ strict: true, allErrors: true }).compile(schema)

/** What is wrong with a value, as text; empty for a valid one. */
const faults = (value: unknown): string =>
  validate(value)
    ? ''
    : validate
        .errors!.map(
          ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
        )
        .join('\n')

const page = readFileSync(new URL('../docs/guide/searching.md', import.meta.url), 'utf8')
const linear = JSON.parse(/```json \[linear-search\.json\]\n([\s\S]*?)```/.exec(page)![1]!)

test('every kind of the families of a search is defined', () => {
  const kinds = [distributions, samplers, schedulers].flatMap(({ definitions }) => Object.keys(definitions))
  for (const kind of kinds) expect(schema.$defs[kind]?.properties.kind, kind).toEqual({ const: kind })
})

test('the example of the guide, and the normal form of searches, are valid', () => {
  expect(faults(linear)).toBe('')
  expect(faults(JSON.parse(JSON.stringify(parseSearch(linear, 'linear.json').spec)))).toBe('')
  expect(faults(JSON.parse(JSON.stringify(report004.spec)))).toBe('')
})

describe('invalid, as for heddle search', () => {
  test.each<[string, (value: typeof linear) => void, string]>([
    ['a misspelt part', value => (value.trails = 3), 'additionalProperty":"trails"'],
    ['no space', value => delete value.space, 'missingProperty":"space"'],
    ['an empty space', value => (value.space = {}), '/space must NOT have fewer than 1 properties'],
    ['a list as a distribution', value => (value.space.epochs = [1, 2]), '/space/epochs must be object'],
    [
      'an option that a distribution does not have',
      value => (value.space.learningRate.step = 1),
      'additionalProperty":"step"',
    ],
    [
      'an unknown sampler',
      value => (value.sampler = 'tep'),
      '/sampler must be equal to one of the allowed values',
    ],
    [
      'an objective of the test images',
      value => (value.objective = 'testAccuracy'),
      '/objective must be equal',
    ],
    [
      'a misspelt option of a layer',
      ({ experiment }) => (experiment.models.linear.nodes[1].layer.unit = 1),
      '"unit"',
    ],
  ])('%s', (_, change, fault) => {
    const value = structuredClone(linear)
    change(value)
    expect(faults(value)).toContain(fault)
    expect(() => parseSearch(value, 'a.json')).toThrow()
  })
})
