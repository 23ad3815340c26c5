import type { Form, FormFields } from './form.ts'

/** A JSON schema of draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** What the options of each kind are, by kind and option. */
export type Descriptions = Readonly<Record<string, Readonly<Record<string, string>>>>

/**
 * The JSON schema of what a form asks for. Each kind of spec is written once, into `definitions`, for `$defs`; a field without a
 * form of its own takes any value, which is checked when it is read.
 *
 * @example
 * jsonSchemaOf({ type: 'integer', min: 1 }, { definitions: {}, descriptions: {} }) // { type: 'integer', minimum: 1 }
 */
export function jsonSchemaOf(form: Form, context: SchemaContext): JsonSchema {
  switch (form.type) {
    case 'integer':
      return { type: 'integer', minimum: form.min }
    case 'number': {
      const { min: minimum, max: maximum, below: exclusiveMaximum } = form
      return { type: 'number', minimum, maximum, exclusiveMaximum }
    }
    case 'boolean':
      return { type: 'boolean' }
    case 'text':
      return { type: 'string', minLength: 1 }
    case 'choice':
      return { enum: form.choices }
    case 'pair': {
      const items = { type: 'integer', minimum: form.min }
      return { anyOf: [items, { type: 'array', items, minItems: 2, maxItems: 2 }] }
    }
    case 'optional':
      return { anyOf: [jsonSchemaOf(form.of, context), { type: 'null' }] }
    case 'list':
      return { type: 'array', items: jsonSchemaOf(form.of, context), maxItems: form.most }
    case 'json':
      return {}
    case 'kinds':
      return kindsSchema(form, context)
  }
}

export interface SchemaContext {
  readonly definitions: Record<string, JsonSchema>
  readonly descriptions: Descriptions
}

function kindsSchema({ kinds, plain, named }: Form & { type: 'kinds' }, context: SchemaContext): JsonSchema {
  const specs = Object.entries(kinds).map(([kind, fields]) => {
    context.definitions[kind] ??= specSchema(kind, fields, context)
    return { $ref: `#/$defs/${kind}` }
  })
  const names = named ? [{ enum: Object.keys(kinds) }] : []
  return { anyOf: [...names, ...(plain ? [jsonSchemaOf(plain, context)] : []), ...specs] }
}

/** The schema of an object with these options and its `kind`, which may be left out where nothing else could stand. */
export function specSchema(
  kind: string,
  fields: FormFields,
  context: SchemaContext,
  needed: readonly string[] = ['kind'],
): JsonSchema {
  const options = Object.entries(fields).map(([name, { form, fallback }]) => [
    name,
    {
      description: context.descriptions[kind]?.[name],
      ...jsonSchemaOf(form, context),
      default: fallback,
    },
  ])
  const required = Object.entries(fields).flatMap(([name, field]) => (field.required ? [name] : []))
  return {
    type: 'object',
    properties: { kind: { const: kind }, ...Object.fromEntries(options) },
    required: [...needed, ...required],
    additionalProperties: false,
  }
}
