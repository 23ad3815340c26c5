import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { createJiti } from 'jiti'
import { expect } from 'vitest'
import * as analysis from '../../src/analysis.ts'
import * as explain from '../../src/explain.ts'
import * as heddle from '../../src/index.ts'
import * as store from '../../src/runs/index.ts'
import * as search from '../../src/search/index.ts'
import * as testing from '../../src/testing/index.ts'

/** The names of a source file, beside those that an example may import. */
export type Scope = Readonly<Record<string, unknown>>

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

/** Takes the types away, as it does for experiments. */
const jiti = createJiti(import.meta.url, { fsCache: false })

/**
 * Runs an example of the documentation. A line `expression // value` is an assertion; a value that holds "…" is only
 * for people.
 */
export async function runExample(code: string, names: Scope = {}): Promise<void> {
  const scope = {
    gzipSync,
    readFileSync,
    join,
    mkdtempSync,
    tmpdir,
    ...heddle,
    ...analysis,
    ...explain,
    ...testing,
    ...store,
    ...search,
    ...names,
  }
  const check = (actual: unknown, expected: () => unknown): void => {
    const wanted = expected()
    if (typeof wanted === 'number') expect(actual).toBeCloseTo(wanted, 9)
    else expect(actual).toEqual(wanted)
  }
  const AsyncFunction = (async () => undefined).constructor as FunctionConstructor
  const source = `const example = async () => {${translate(code)}\n}`
  const body = `${jiti.transform({ source, ts: true, async: true })}\nawait example()`
  const run = new AsyncFunction(...Object.keys(scope), 'check', body)
  await run(...Object.values(scope), check)
}
