import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Where a sentence can begin: after a full stop, or where a comment, a list item, a quotation or a line of text begins. */
const START = String.raw`(?:^\s*|[.!?:] |\/\*\* |\/\/ |# |\* |- |['"\x60>])`

/** Patterns of bent English that a machine can find, and what to write instead. */
const refused: readonly { readonly pattern: RegExp; readonly instead: string }[] = [
  {
    pattern: /\b(whoever|whomever|nobody)\b/i,
    instead: 'a subject that acts: "you", "the caller", "no other op"',
  },
  {
    pattern: /\bwhatever (?!else)\w+ (is|are|was|does|do|makes|made|has|holds)\b/i,
    instead: '"any ..." or "whether or not ..."',
  },
  { pattern: /\bso (many|much)\b(?! (as|that))/i, instead: 'what is counted: "at most 24 images"' },
  { pattern: /\bno picture\b(?! files)/i, instead: '"not a picture", "without a picture"' },
  {
    pattern: /\b(are|is|was|be|been) told\b(?! apart)/i,
    instead: '"is called with", "is shown", "is reported"',
  },
  { pattern: new RegExp(`${START}Told\\b`), instead: '"Called with ..."' },
  { pattern: /\btells (?!.*apart)/i, instead: '"returns", "shows", "reports"' },
  {
    pattern: new RegExp(`${START}Of (?!course\\b|\\$\\{|\\d)`),
    instead: 'subject, verb, object: "Only the last 64 KB of a log are shown"',
  },
  { pattern: new RegExp(`${START}Nothing (?!to |was |were |odd )\\w`), instead: 'a subject that acts' },
  { pattern: new RegExp(`${START}Where [^?"'\x60]{3,60},`), instead: '"If ..."' },
  { pattern: /\bthrows an? \x60\w+\x60 where [^\x60]/i, instead: '"Throws ... if ..."' },
]

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  .trim()
  .split('\n')
  .filter(file => /\.(ts|tsx|mjs|md|cc|h|css)$/.test(file) && !/\.test\.tsx?$/.test(file))
  // Records of what was done and said when it was.
  .filter(file => !/^(docs\/log\.md|test\/|bench\/results\/)/.test(file))

test.each(refused)('no sentence has $pattern', ({ pattern, instead }) => {
  const found = files.flatMap(file =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, i) => (pattern.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : [])),
  )
  expect(found, `Write instead: ${instead}`).toEqual([])
})
