/**
 * Writes site/source, what VitePress builds the site from: the documents with the files that they refer to, the reference, and the
 * pages of site/pages.
 *
 *     npx jiti site/stage.ts
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, extname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { referencePages } from '../scripts/reference.ts'
import { measuredCharts } from './charts.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .trim()
  .split('\n')

const read = (path: string): string => readFileSync(join(root, path), 'utf8')

type Write = (page: string, text: string | Uint8Array) => void

/** The page of a file of the repository: documents keep their place, everything else is below `repository`. */
function pageOf(path: string): string {
  const [own] = /^(docs|site\/pages)\//.exec(path) ?? []
  const inDocs = own ? path.slice(own.length) : `repository/${path}`
  if (extname(path) === '.md') return inDocs.replace(/README\.md$/, 'index.md')
  if (/\.(png|svg)$/.test(path)) return inDocs
  // Data is offered as it is; sources and folders are shown.
  if (extname(path) === '.json') return `public/${inDocs}`
  return `${inDocs}.md`
}

const isFolder = (path: string): boolean => !tracked.includes(path)
const FENCED = /^( *)(```+)[\s\S]*?^\1\2 *$/gm
const LINK = /(`[^`\n]*`)|\]\((?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?\)/g

/** The text of a document with its links turned to pages, and the files that they lead to. */
function linked(path: string, text: string): { readonly text: string; readonly files: readonly string[] } {
  const files: string[] = []
  const from = dirname(pageOf(path))
  const prose = (part: string): string =>
    part
      .replaceAll(/<!--[\s\S]*?-->\n?/g, '')
      .replaceAll(LINK, (_all, code: string | undefined, target: string, anchor = '') => {
        if (code) return code
        let file = posix.join(dirname(path), target).replace(/\/$/, '')
        if (isFolder(file) && tracked.includes(`${file}/README.md`)) file = `${file}/README.md`
        files.push(file)
        const page = pageOf(file)
        return `](${page.startsWith('public/') ? page.slice('public'.length) : relative(from, page)}${anchor})`
      })
  let [at, out] = [0, '']
  for (const { index, 0: block } of text.matchAll(FENCED)) {
    out += prose(text.slice(at, index)) + block
    at = index + block.length
  }
  return { text: out + prose(text.slice(at)), files }
}

function relative(from: string, to: string): string {
  const path = posix.relative(from, to)
  return path.startsWith('.') ? path : `./${path}`
}

/** A file, or a folder, that a document refers to, as a page. */
function shown(path: string): string {
  const outside = '---\nsearch: false\neditLink: false\n---\n\n'
  if (isFolder(path)) {
    const files = tracked.filter(file => file.startsWith(`${path}/`)).map(file => `- \`${file}\``)
    return `${outside}# ${path}\n\n${files.join('\n')}\n`
  }
  const language =
    { '.ts': 'ts', '.js': 'js', '.mjs': 'js', '.py': 'py', '.sh': 'sh' }[extname(path)] ?? 'text'
  return `${outside}# ${path}\n\n\`\`\`\`${language}\n${read(path)}\`\`\`\`\n`
}

/** Writes a document, and everything that it leads to, once. */
function stage(paths: readonly string[], write: Write): void {
  const done = new Set<string>()
  const waiting = [...paths]
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    if (done.has(path)) continue
    done.add(path)
    if (extname(path) !== '.md') {
      const isData = /\.(png|svg|json)$/.test(path)
      write(pageOf(path), isData ? readFileSync(join(root, path)) : shown(path))
      continue
    }
    const text = path === 'docs/measured.md' ? withCharts(read(path), write) : read(path)
    const { text: page, files } = linked(path, text)
    write(pageOf(path), page)
    waiting.push(...files)
  }
}

/** docs/measured.md with a chart below the heading of its numbers. */
function withCharts(text: string, write: Write): string {
  const charts = measuredCharts()
  write('charts.json', JSON.stringify(Object.fromEntries(charts.map(({ name, svg }) => [name, svg]))))
  return charts.reduce((page, { name, heading }) => {
    if (!page.includes(`\n## ${heading}\n`)) throw new Error(`docs/measured.md has no heading "${heading}".`)
    return page.replace(`\n## ${heading}\n`, `\n## ${heading}\n\n<MeasuredChart name="${name}" />\n`)
  }, text)
}

/** Writes the whole source of the site into a folder, which is emptied before. */
export function stageSite(source: string): void {
  const write: Write = (page, text) => {
    const path = join(source, page)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  rmSync(source, { recursive: true, force: true })
  stage(
    tracked.filter(path => /^(docs|site\/pages)\/.*\.md$/.test(path)),
    write,
  )
  stageReference(write)
  // What the playground computes with.
  const mini = 'data/fashion-mnist-mini'
  for (const file of tracked.filter(path => path.startsWith(mini) && path.endsWith('.gz')))
    write(`public/${file.slice('data/'.length)}`, readFileSync(join(root, file)))
}

function stageReference(write: Write): void {
  const pages = referencePages()
  for (const { slug, markdown } of pages) write(`reference/${slug}.md`, `---\noutline: 2\n---\n\n${markdown}`)
  const rows = pages.map(({ slug, title, names }) => `| [${title}](./${slug}.md) | ${names.length} |`)
  write(
    'reference/index.md',
    `# Reference

Every name that the package exports, from the comments of its declarations. Most names are in \`heddle\`; the pages that are called
\`heddle/…\` have those of the other entries. [The library](../guide/library.md) shows how they fit together.

| page | names |
|---|---|
${rows.join('\n')}
`,
  )
  write('reference/pages.json', JSON.stringify(pages.map(({ slug, title }) => ({ slug, title }))))
}

if (process.argv[1]?.endsWith('stage.ts')) {
  const source = join(root, 'site/source')
  stageSite(source)
  cpSync(join(root, 'build/heddle.wasm'), join(source, 'public/heddle.wasm'))
}
