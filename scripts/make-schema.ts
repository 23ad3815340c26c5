/**
 * Writes schema/*.schema.json from the options that the source declares, with their documentation.
 *
 *     npx jiti scripts/make-schema.ts
 */
import { writeFileSync } from 'node:fs'
import { searchSchema } from '../src/search/search-schema.ts'
import { experimentSchema } from '../src/train/experiment-schema.ts'
import { optionDocs } from './option-docs.ts'

const makers = { experiment: experimentSchema, search: searchSchema }

export type SchemaName = keyof typeof makers

export function schemaFile(name: SchemaName): URL {
  return new URL(`../schema/${name}.schema.json`, import.meta.url)
}

/** By name, the texts of the files. */
export function schemaTexts(): Readonly<Record<SchemaName, string>> {
  const { trainSpec, ...kinds } = optionDocs('src/index.ts')
  const descriptions = { ...kinds, train: trainSpec! }
  const text = (name: SchemaName): string => `${JSON.stringify(makers[name](descriptions), null, 2)}\n`
  return { experiment: text('experiment'), search: text('search') }
}

if (process.argv[1]?.endsWith('make-schema.ts'))
  for (const [name, text] of Object.entries(schemaTexts()))
    writeFileSync(schemaFile(name as SchemaName), text)
