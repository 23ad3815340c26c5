import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A fenced block of a document. */
export interface Block {
  /** `docs/guide/photos.md:12`: where it begins. */
  readonly where: string
  readonly language: string
  /** Of ```` ```ts [dropout.ts] ````: the file that the reader is told to save it as. */
  readonly file: string | undefined
  readonly code: string
}

export interface Document {
  /** From the root of the repository. */
  readonly path: string
  readonly blocks: readonly Block[]
  /** Without its fenced blocks. */
  readonly prose: string
}

const FENCE = /^( *)(```+)(\w*)(?: \[([^\]]+)\])?.*\n([\s\S]*?)^\1\2 *$/gm

/** Every Markdown file of the repository that is not ignored. */
export function documents(): readonly Document[] {
  const listed = ['ls-files', '--cached', '--others', '--exclude-standard', '*.md']
  const paths = execFileSync('git', listed, { cwd: root, encoding: 'utf8' }).trim().split('\n')
  return paths.map(path => documentOf(path, readFileSync(join(root, path), 'utf8')))
}

/** A text in Markdown as a document. */
export function documentOf(path: string, text: string): Document {
  const blocks = [...text.matchAll(FENCE)].map(match => ({
    where: `${path}:${text.slice(0, match.index).split('\n').length}`,
    language: match[3]!,
    file: match[4],
    code: match[5]!,
  }))
  return { path, blocks, prose: text.replaceAll(FENCE, '') }
}

/** What teaches how to use Heddle: everything that it shows must work. */
export function teachingDocuments(): readonly Document[] {
  return documents().filter(({ path }) => path === 'README.md' || /^docs\/(guide|concepts)\//.test(path))
}

/** The anchors that GitHub gives a document's headings. */
export function anchorsOf({ prose }: Document): ReadonlySet<string> {
  const anchors = new Set<string>()
  for (const [, heading] of prose.matchAll(/^#{1,6} +(.+?) *#* *$/gm)) {
    const base = heading!
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-')
    let anchor = base
    for (let i = 1; anchors.has(anchor); i++) anchor = `${base}-${i}`
    anchors.add(anchor)
  }
  return anchors
}

/** The targets of a document's links and pictures. */
export function linksOf({ prose }: Document): readonly string[] {
  return [...prose.replaceAll(/`[^`\n]*`/g, '').matchAll(/\]\(([^)\s]+)[^)]*\)/g)].map(match => match[1]!)
}

/** A command line of a document. */
export interface ShellLine {
  readonly where: string
  /** The words after `heddle`, of every heddle that the line runs. */
  readonly commands: readonly (readonly string[])[]
  /** What stands after the # at its end. */
  readonly comment: string
}

/** The lines of a shell block that run heddle; a backslash joins a line with the next one. */
export function shellLines({ code, where }: Block): readonly ShellLine[] {
  return code
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map(line => {
      const [, command, comment = ''] = /^(.*?)(?:(?:^|\s)#\s*(.*))?$/.exec(line)!
      const commands = command!
        .split(/&&|\|\||[|;]/)
        .map(part => words(part.replace(/\d?>.*/, '')))
        .map(part => part.slice(part.findIndex(word => !/^(\w+=.*|npx|\$|time)$/.test(word))))
        .filter(part => part[0] === 'heddle')
        .map(part => part.slice(1))
      return { where, commands, comment }
    })
    .filter(({ commands }) => commands.length > 0)
}

/** Words between spaces, of which quotes hold some together. */
function words(line: string): string[] {
  return [...line.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g)].map(([word]) => word.replaceAll(/['"]/g, ''))
}
