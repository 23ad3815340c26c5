import { type Descriptions, type JsonSchema, jsonSchemaOf, specSchema } from '../base/json-schema.ts'
import { formOf } from '../base/schema.ts'
import { experimentSchema } from '../train/experiment-schema.ts'
import { distributions } from './distributions/index.ts'
import { objectives } from './objectives.ts'
import { searchFields } from './search.ts'

/**
 * The JSON schema of a search, for editors: what `parseSearch` reads. The places that parameters point at, and what depends
 * on the data, are checked when a search is read and before it begins.
 */
export function searchSchema(descriptions: Descriptions): JsonSchema {
  const { $schema, $defs, title: _, ...experiment } = experimentSchema(descriptions)
  const definitions = { ...($defs as Record<string, JsonSchema>), experiment }
  const context = { definitions, descriptions }
  const { properties: own, ...rest } = specSchema('search', formOf(searchFields), context, [
    ...['kind', 'experiment', 'space'],
  ])
  const about = descriptions.search ?? {}
  const name = { type: 'string', pattern: '^\\w[\\w.-]{0,99}$' }
  const described = own as Record<string, JsonSchema>
  const objective = { enum: objectives.map(one => one.name) }
  const count = (minimum: number): JsonSchema => ({ type: 'integer', minimum })
  const properties = {
    $schema: { type: 'string' },
    kind: described.kind,
    name: { ...name, description: about.name },
    experiment: { $ref: '#/$defs/experiment', description: about.experiment },
    model: { anyOf: [name, { type: 'null' }], description: about.model },
    space: {
      type: 'object',
      description: about.space,
      propertyNames: { pattern: '^[A-Za-z][\\w.-]{0,199}$' },
      additionalProperties: jsonSchemaOf(distributions.form, context),
      minProperties: 1,
    },
    start: { anyOf: [{ type: 'object' }, { type: 'null' }], description: about.start },
    ...described,
    objective: {
      ...described.objective,
      anyOf: [objective, { type: 'array', items: objective, minItems: 1, maxItems: 4, uniqueItems: true }],
    },
    repeats: {
      ...described.repeats,
      type: 'object',
      properties: { top: count(0), seeds: count(1) },
      additionalProperties: false,
    },
    reads: { anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'null' }] },
  }
  return { $schema, title: 'A search of Heddle', ...rest, properties, $defs: definitions }
}
