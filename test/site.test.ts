import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, normalize } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ofExports } from '../scripts/option-docs.ts'
import { referencePages } from '../scripts/reference.ts'
import { slugOf } from '../site/.vitepress/slug.ts'
import { stageSite } from '../site/stage.ts'
import { documentOf, linksOf } from './support/documents.ts'

// What the site is built from: its links, the reference, the charts. `npm run docs` builds it, and VitePress refuses broken links again.

const source = mkdtempSync(join(tmpdir(), 'heddle-site-'))
afterAll(() => rmSync(source, { recursive: true, force: true }))
beforeAll(() => stageSite(source), 60_000)

const read = (page: string): string => readFileSync(join(source, page), 'utf8')

/** The anchors that VitePress gives a page's headings. */
function anchorsOf(page: string): readonly string[] {
  const anchors: string[] = []
  for (const [, heading] of documentOf(page, read(page)).prose.matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const [, own] = /\{#([^}]+)\}$/.exec(heading!) ?? []
    const base = own ?? slugOf(heading!.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1'))
    let anchor = base
    for (let i = 1; anchors.includes(anchor); i++) anchor = `${base}-${i}`
    anchors.push(anchor)
  }
  return anchors
}

describe('the source of the site', () => {
  test('every link leads to a page, a file or a heading', () => {
    const pages = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(file =>
      file.endsWith('.md'),
    )
    expect(pages).toContain('guide/index.md')
    expect(pages).toContain('reference/layers.md')
    const anchors = new Map(pages.map(page => [page, anchorsOf(page)]))
    const broken = pages.flatMap(page =>
      linksOf(documentOf(page, read(page)))
        .filter(link => !/^[a-z]+:/.test(link))
        .filter(link => {
          const [file = '', anchor] = decodeURI(link).split('#')
          if (file.startsWith('/')) return !existsSync(join(source, 'public', file))
          const target = file === '' ? page : normalize(join(dirname(page), file))
          if (!existsSync(join(source, target))) return true
          return anchor !== undefined && !anchors.get(target)?.includes(anchor)
        })
        .map(link => `${page}: ${link}`),
    )
    expect(broken).toEqual([])
  })

  test('the charts of the measurements stand in their sections', () => {
    const charts = JSON.parse(read('charts.json')) as Record<string, string>
    for (const [name, svg] of Object.entries(charts)) {
      expect(read('measured.md')).toContain(`<MeasuredChart name="${name}" />`)
      // In the colours of the page, with its numbers for people who do not see it.
      expect(svg).toContain('fill="var(--text)"')
      expect(svg).toMatch(/aria-label="[^"]*\d\.\d/)
    }
    expect(Object.keys(charts)).toEqual(['reports', 'step', 'inference', 'javascript'])
  })
})

describe('the reference', () => {
  const pages = referencePages()
  const names = pages.flatMap(page => page.names)

  test('it explains every name of every entry once', () => {
    const { exports } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
    const entries = Object.entries<{ types?: string }>(exports).flatMap(([entry, { types }]) =>
      types && entry !== './cli' ? [types.replace('./', '')] : [],
    )
    const exported = ofExports(entries, program => program.exported.flat().map(({ name }) => name))
    expect(names.toSorted()).toEqual([...new Set(exported)].toSorted())
  })

  test('every function says what it does, and shows its options and its example', () => {
    const sections = pages.flatMap(({ markdown }) => markdown.split(/^## /m).slice(1))
    const silent = sections.filter(
      section => /export declare function/.test(section) && !/\{#\w+\}\n\n(?!```)\S/.test(section),
    )
    expect(silent.map(section => section.split(' ')[0])).toEqual([])
    const adam = sections.find(section => section.startsWith('adam '))!
    expect(adam).toContain("Adam in Keras' form")
    expect(adam).toContain('export declare function adam(options?: AdamOptions): AdamSpec;')
    expect(adam).toMatch(/\| `epsilon` \| .*Default 1e-7/)
    expect(adam).toContain('adam().epsilon // 1e-7')
  })
})
