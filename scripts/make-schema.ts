/**
 * Writes schema/experiment.schema.json from the options that the source declares, with their documentation.
 *
 *     npx jiti scripts/make-schema.ts
 */
import { writeFileSync } from 'node:fs'
import { experimentSchema } from '../src/train/experiment-schema.ts'
import { optionDocs } from './option-docs.ts'

export const schemaFile = new URL('../schema/experiment.schema.json', import.meta.url)

/** The text of the file. */
export function schemaText(): string {
  const { trainSpec, ...kinds } = optionDocs('src/index.ts')
  return `${JSON.stringify(experimentSchema({ ...kinds, train: trainSpec! }), null, 2)}\n`
}

if (process.argv[1]?.endsWith('make-schema.ts')) writeFileSync(schemaFile, schemaText())
