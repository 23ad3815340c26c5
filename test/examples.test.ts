import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import * as schema from '../src/base/schema.ts'
import { paper } from '../src/show/chart.ts'
import { runExample } from './support/run-example.ts'

// Runs the @example of every public symbol. The TypeScript of the documents is run by docs.test.ts.

const root = fileURLToPath(new URL('..', import.meta.url))

const examples = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .flatMap(file => {
    const text = readFileSync(join(root, 'src', file), 'utf8')
    return [...text.matchAll(/@example\n([\s\S]*?)\*\//g)].map(match => ({
      file: join(root, 'src', file),
      where: `src/${file}:${text.slice(0, match.index).split('\n').length}`,
      code: match[1]!.replaceAll(/^ *\* ?/gm, ''),
    }))
  })

describe('examples in the documentation run', () => {
  test('there are many', () => expect(examples.length).toBeGreaterThan(30))

  // The exports of its own file, the fields that options are made of and the usual theme of pictures are in scope.
  test.each(examples)(
    '$where',
    async ({ code, file }) => {
      const { default: _command, ...own } = await import(file)
      await runExample(code, { ...schema, paper, ...own })
    },
    60_000,
  )
})
