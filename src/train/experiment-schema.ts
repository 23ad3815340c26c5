import { type Descriptions, type JsonSchema, jsonSchemaOf, specSchema } from '../base/json-schema.ts'
import { formOf } from '../base/schema.ts'
import { sources } from '../data/source.ts'
import { pretrainedFields } from '../model/pretrained.ts'
import { layers } from '../nn/layers/index.ts'
import { trainFields } from './options.ts'

/**
 * The JSON schema of an experiment, for editors: what `parseExperiment` reads. Shapes, names of nodes and what depends on the data
 * are checked when an experiment is read.
 */
export function experimentSchema(descriptions: Descriptions): JsonSchema {
  const context = { definitions: {}, descriptions }
  const train = specSchema('train', formOf(trainFields), context, [])
  const name = { type: 'string', pattern: '^\\w[\\w.-]{0,99}$' }
  const definitions = {
    train,
    // The same options, none of them required.
    overrides: { ...train, required: [] },
    model: modelSchema(
      jsonSchemaOf(layers.form, context),
      specSchema('pretrained', formOf(pretrainedFields), context, ['kind']),
    ),
    dataSource: jsonSchemaOf(sources.form, context),
    ...context.definitions,
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'An experiment of Heddle',
    type: 'object',
    properties: {
      $schema: { type: 'string' },
      kind: { const: 'experiment' },
      name: {
        ...name,
        description: 'The name of the experiment: letters, digits, "-", "_" and ".", at most 100.',
      },
      data: { $ref: '#/$defs/dataSource', description: 'Where the images come from.' },
      models: {
        type: 'object',
        description: 'The models to train, by name.',
        propertyNames: name,
        additionalProperties: { $ref: '#/$defs/model' },
        minProperties: 1,
      },
      train: { $ref: '#/$defs/train', description: 'What every model is trained with.' },
      overrides: {
        type: 'object',
        description: 'By model, the options of train that differ.',
        additionalProperties: { $ref: '#/$defs/overrides' },
      },
    },
    required: ['kind', 'name', 'data', 'models', 'train'],
    additionalProperties: false,
    $defs: definitions,
  }
}

function modelSchema(layer: JsonSchema, pretrained: JsonSchema): JsonSchema {
  const axis = { type: 'integer', minimum: 1 }
  const node = {
    type: 'object',
    properties: {
      name: { type: 'string', pattern: '^[A-Za-z][\\w.-]{0,99}$', description: 'What other nodes call it.' },
      layer,
      inputs: {
        type: 'array',
        items: { type: 'string' },
        minItems: 1,
        description: 'The nodes that it reads; "input" is the image.',
      },
    },
    required: ['name', 'layer', 'inputs'],
    additionalProperties: false,
  }
  return {
    type: 'object',
    properties: {
      kind: { const: 'model' },
      inputShape: {
        anyOf: [{ type: 'array', items: axis, minItems: 1, maxItems: 3 }, { type: 'null' }],
        description: 'The shape of one image, [height, width, channels]. Default null: that of the data.',
      },
      nodes: { type: 'array', items: node, minItems: 1 },
      pretrained: {
        ...pretrained,
        description: 'The first part of the model, from a file; the nodes behind it read it as "input".',
      },
    },
    required: ['kind', 'nodes'],
    additionalProperties: false,
  }
}
