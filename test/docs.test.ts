import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Command, CommanderError } from 'commander'
import { describe, expect, test } from 'vitest'
import { createProgram } from '../src/cli/program.ts'
import { heddle } from './e2e/heddle.ts'
import {
  anchorsOf,
  type Block,
  documents,
  linksOf,
  shellLines,
  teachingDocuments,
} from './support/documents.ts'
import { runExample } from './support/run-example.ts'

// What README, docs/guide and docs/concepts show works: their TypeScript runs, their commands exist, and those that are
// marked `# fast` are run. Links lead somewhere in every Markdown file.

const root = fileURLToPath(new URL('..', import.meta.url))
const shown = teachingDocuments()
const blocks = (language: RegExp): readonly Block[] =>
  shown.flatMap(document => document.blocks.filter(block => language.test(block.language)))

/** Decisions and the log tell of what was. */
const ofNow = documents().filter(({ path }) => !/^docs\/(decisions\/|log\.md)/.test(path))

test.each(ofNow)(
  '$path: files and folders of the project that it names are there',
  ({ path: own, prose }) => {
    const named = [...prose.matchAll(/`((?:src|native|test|scripts|bench|site)\/[\w./-]+)`/g)].map(
      ([, path]) => path!,
    )
    // A noun stands for what the reader adds.
    const isThere = (path: string): boolean =>
      [root, join(root, dirname(own))].some(folder => existsSync(join(folder, path)))
    const gone = named.filter(path => !path.includes('noun') && !isThere(path))
    expect(gone).toEqual([])
  },
)

test('every decision has a number of its own, which its title repeats', () => {
  const folder = join(root, 'docs/decisions')
  const files = readdirSync(folder).filter(file => /^\d{4}-/.test(file))
  const numbers = files.map(file => Number(file.slice(0, 4)))
  expect(new Set(numbers).size).toBe(numbers.length)
  for (const [i, file] of files.entries())
    expect(readFileSync(join(folder, file), 'utf8'), file).toMatch(new RegExp(`^# 0*${numbers[i]}[.:]? `))
})

describe('the TypeScript of the documents runs', () => {
  test.each(blocks(/^ts$/))('$where', ({ code }) => runExample(code), 60_000)
})

describe('the commands of the documents exist', () => {
  const lines = blocks(/^(sh|bash)$/).flatMap(shellLines)
  test.each(
    lines.flatMap(({ where, commands }) => commands.map(words => ({ where, line: words.join(' '), words }))),
  )('$where heddle $line', async ({ words }) => expect(complaint(await createProgram(), words)).toBe(''))

  test('they stand in blocks that are marked as sh, or they would not be checked', () => {
    expect(shown.filter(({ prose }) => /^ {4}heddle /m.test(prose)).map(({ path }) => path)).toEqual([])
  })

  test.each([
    ['trian my.ts', 'heddle has no command "trian"'],
    ['run my.ts --epoch 3', 'run has no option --epoch'],
    ['run my.ts --epochs', 'missing'],
    ['run', 'run wants 1 argument or more'],
    ['run a.ts b.ts', 'run wants no more than 1 argument'],
    ['runs ls --sort testAccuracy --no-color', ''],
  ])('"heddle %s": %s', async (line, expected) => {
    const found = complaint(await createProgram(), line.split(' '))
    if (expected) expect(found).toContain(expected)
    else expect(found).toBe('')
  })
})

/** Why the program would refuse these words, without running anything. */
function complaint(command: Command, words: readonly string[]): string {
  const [name] = words
  const inner = command.commands.find(each => each.name() === name || each.aliases().includes(name ?? ''))
  if (inner) return complaint(inner, words.slice(1))
  const global = ['--help', '-h', '--version', '-V', '--no-color']
  const own = words.filter(word => !global.includes(word))
  if (own.length < words.length && own.length === 0) return ''
  // A command such as `search` has others below it and runs as well.
  if (command.commands.length > 0 && command.registeredArguments.length === 0)
    return `${command.name()} has no command "${name ?? ''}"`
  command.configureOutput({ writeErr: () => {} })
  try {
    const { operands, unknown } = command.parseOptions(own)
    if (unknown.length > 0) return `${command.name()} has no option ${unknown[0]}`
    const { registeredArguments: wanted } = command
    const least = wanted.filter(({ required }) => required).length
    if (operands.length < least) return `${command.name()} wants ${least} argument or more`
    if (operands.length > wanted.length && !wanted.at(-1)?.variadic)
      return `${command.name()} wants no more than ${wanted.length} argument`
    return ''
  } catch (error) {
    if (error instanceof CommanderError) return error.message
    throw error
  }
}

describe('commands that are marked "# fast" run', () => {
  const pages = shown
    .map(({ path, blocks: its }) => ({ path, its, lines: fastLines(its) }))
    .filter(({ lines }) => lines.length > 0)

  test.each(pages)(
    '$path',
    async ({ its, lines }) => {
      const folder = mkdtempSync(join(tmpdir(), 'heddle-docs-'))
      try {
        for (const { file, code } of its) if (file) writeFileSync(join(folder, file), code)
        for (const { command, output } of lines) {
          const { code, stdout, stderr } = await heddle(command, { cwd: folder })
          expect(code, stderr).toBe(0)
          const printed = plain(stdout)
          for (const line of output.filter(each => each.trim() !== ''))
            expect(printed, `heddle ${command.join(' ')}`).toContain(plain(line))
        }
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
    60_000,
  )
})

/**
 * The commands marked `# fast` with the lines that they must print: of `# fast, exact` those of the text block that follows,
 * up to a "…" in each.
 */
function fastLines(its: readonly Block[]): { command: readonly string[]; output: readonly string[] }[] {
  return its.flatMap((block, i) =>
    /^(sh|bash)$/.test(block.language)
      ? shellLines(block)
          .filter(({ comment }) => /^fast\b/.test(comment))
          .flatMap(({ commands, comment }) => {
            const next = its[i + 1]
            const output = /exact/.test(comment) && next?.language === 'text' ? next.code.split('\n') : []
            return commands.map(command => ({ command, output }))
          })
      : [],
  )
}

/** Spaces and rules vary with the width of a table. */
const plain = (line: string): string =>
  line
    .replace(/…$/gm, '')
    .replaceAll(/[─_=]{3,}/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()

describe('links in Markdown lead somewhere', () => {
  const all = documents()
  const anchors = new Map(all.map(document => [document.path, anchorsOf(document)]))
  test.each(all)('$path', document => {
    const broken = linksOf(document)
      .filter(link => !/^[a-z]+:/.test(link))
      .filter(link => {
        const [file = '', anchor] = decodeURI(link).split('#')
        const path = file === '' ? document.path : normalize(join(dirname(document.path), file))
        if (!existsSync(join(root, path))) return true
        return anchor !== undefined && anchors.has(path) && !anchors.get(path)!.has(anchor)
      })
    expect(broken).toEqual([])
  })
})
