import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import * as heddle from '../src/index.ts'
import * as testing from '../src/testing/index.ts'

// Runs the @example of every public symbol, and the TypeScript in README.md. A line `expression // value` is an
// assertion; a value that holds "…" is only for people.

const root = fileURLToPath(new URL('..', import.meta.url))

interface Example {
  readonly where: string
  /** The source that the example stands in: its exports are in scope. */
  readonly file?: string
  readonly code: string
}

const documented = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .flatMap((file): Example[] => {
    const text = readFileSync(join(root, 'src', file), 'utf8')
    return [...text.matchAll(/@example\n([\s\S]*?)\*\//g)].map(match => ({
      file: join(root, 'src', file),
      where: `src/${file}:${text.slice(0, match.index).split('\n').length}`,
      code: match[1]!.replaceAll(/^ *\* ?/gm, ''),
    }))
  })

const readme = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(
  (match, i): Example => ({ where: `README.md, block ${i + 1}`, code: match[1]! }),
)

/** Imports become the scope's names, and a statement `expression // value` a check. */
function translate(code: string): string {
  const statements: string[] = []
  for (const line of code.replaceAll(/^import .*\n/gm, '').split('\n')) {
    if (/^[\s})\]]/.test(line) && statements.length > 0) statements.push(`${statements.pop()}\n${line}`)
    else statements.push(line)
  }
  return statements
    .map(statement => {
      const [, expression, value] = /^([\s\S]+?) \/\/ (.+)$/.exec(statement) ?? []
      if (!expression || !value || /^(const|let|for|if)\b/.test(expression) || value.includes('…'))
        return statement
      return `check(${expression}, () => (${value}))`
    })
    .join('\n')
    .replace(/^export default /m, 'return ')
}

describe('examples in the documentation run', () => {
  test('there are many', () => expect(documented.length + readme.length).toBeGreaterThan(30))

  test.each([...documented, ...readme])(
    '$where',
    async ({ code, file }) => {
      const scope = {
        gzipSync,
        readFileSync,
        join,
        mkdtempSync,
        tmpdir,
        ...heddle,
        ...testing,
        ...(file && (await import(file))),
      }
      const check = (actual: unknown, expected: () => unknown): void => {
        const wanted = expected()
        if (typeof wanted === 'number') expect(actual).toBeCloseTo(wanted, 9)
        else expect(actual).toEqual(wanted)
      }
      const AsyncFunction = (async () => undefined).constructor as FunctionConstructor
      const run = new AsyncFunction(...Object.keys(scope), 'check', `{${translate(code)}\n}`)
      await run(...Object.values(scope), check)
    },
    60_000,
  )
})
