import { readFileSync } from 'node:fs'
import type { Checker } from 'typescript/unstable/sync'
import { type Exported, ofExports, optionsOf } from './option-docs.ts'

// The reference of the library for the site: from the declarations in dist/ and their comments.

/** A page in Markdown. */
export interface ReferencePage {
  /** `layers`: its name in an address. */
  readonly slug: string
  readonly title: string
  readonly markdown: string
  /** The names that it explains. */
  readonly names: readonly string[]
}

/** The pages of `heddle`, by where a name is declared below dist/: the first that fits. */
const TOPICS: readonly (readonly [title: string, slug: string, place: RegExp])[] = [
  ['Layers', 'layers', /^nn\/layers/],
  ['Optimizers and schedules', 'optimizers', /^nn\/(optimizers|schedules)/],
  ['Losses, metrics and regularizers', 'losses', /^nn\//],
  ['Augmentation', 'augmentation', /^data\/augment/],
  ['Data and pictures', 'data', /^data\//],
  ['Models', 'models', /^model\//],
  ['Networks and predictions', 'networks', /^network\//],
  ['Training and experiments', 'training', /^(train|protocol)\//],
  ['Searches', 'searches', /^search\//],
  ['Engines', 'engines', /^engine\//],
  ['Errors and random numbers', 'other', /^/],
]

/** The entries after `heddle`, which have a page each. */
const ENTRIES = [
  ['heddle/analysis', 'how good is a network, and where does it fail?'],
  ['heddle/explain', 'why does a network answer so?'],
  ['heddle/browser', 'everything that runs without Node'],
  ['heddle/search', 'running searches, and reading them'],
  ['heddle/store', 'the store of runs'],
  ['heddle/show', 'tables, charts and pages'],
  ['heddle/testing', 'contract suites for parts of your own'],
] as const

interface Explained {
  readonly name: string
  /** Below dist/. */
  readonly place: string
  readonly markdown: string
}

/** All pages, in the order in which a reader meets them. */
export function referencePages(): readonly ReferencePage[] {
  const { exports } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const paths = ['heddle', ...ENTRIES.map(([entry]) => entry)].map(entry =>
    exports[entry.replace(/^heddle/, '.')].types.replace('./', ''),
  )
  return ofExports(paths, ({ exported, checker }) => {
    const [main = [], ...others] = exported.map(names => explained(names, checker))
    const topics = TOPICS.map(([title, slug, place], i) => {
      const isBefore = (one: Explained): boolean =>
        TOPICS.slice(0, i).some(([, , other]) => other.test(one.place))
      const own = main.filter(one => place.test(one.place) && !isBefore(one))
      return pageOf({ slug, title, lead: "`import { … } from 'heddle'`", own })
    })
    const homes = new Map(topics.flatMap(({ slug, names }) => names.map(name => [name, slug] as const)))
    const entries = ENTRIES.map(([entry, what], i) => {
      const slug = entry.replace('heddle/', '')
      const [own, shared] = [false, true].map(isShared =>
        others[i]!.filter(({ name }) => homes.has(name) === isShared),
      )
      const links = shared!.map(({ name }) => `[${name}](${homes.get(name)}.md#${name})`)
      for (const { name } of own!) homes.set(name, slug)
      const lead = `\`import { … } from '${entry}'\`: ${what}${links.length > 0 ? `\n\nAlso here: ${links.join(', ')}.` : ''}`
      return pageOf({ slug, title: entry, lead, own: own! })
    })
    return [...topics, ...entries]
  })
}

function pageOf({
  slug,
  title,
  lead,
  own,
}: {
  readonly slug: string
  readonly title: string
  readonly lead: string
  readonly own: readonly Explained[]
}) {
  const markdown = [`# ${title} {#the-page}`, lead, ...own.map(one => one.markdown)].join('\n\n')
  return { slug, title, markdown: `${markdown}\n`, names: own.map(({ name }) => name) }
}

/** Values first, then types; by name, as a reader looks it up. */
function explained(names: readonly Exported[], checker: Checker): readonly Explained[] {
  const isType = ({ name }: Exported): boolean => /^[A-Z]/.test(name)
  return names
    .toSorted((a, b) => Number(isType(a)) - Number(isType(b)) || (a.name < b.name ? -1 : 1))
    .map(one => explain(one, checker))
}

function explain({ name, target }: Exported, checker: Checker): Explained {
  const handle = target.valueDeclaration ?? target.declarations[0]!
  const declared = handle
    .resolve()!
    .getText()
    .replace(/^\s*#private;\n/m, '')
  const options = optionsOf(checker.getTypeOfSymbol(target)!, checker) ?? {}
  const rows = Object.entries(options).map(([option, text]) => `| \`${option}\` | ${inTable(text)} |`)
  const examples = target.getJsDocTags(checker).filter(tag => tag.name === 'example')
  const markdown = [
    // Names that differ only in their first letter have places of their own.
    `## ${name} {#${name}}`,
    inProse(target.getDocumentationComment(checker)),
    fenced(declared.startsWith('export') ? declared : `const ${declared}`),
    ...(rows.length > 0 ? [['| option | what it is |', '|---|---|', ...rows].join('\n')] : []),
    ...examples.map(({ text = '' }) => fenced(String(text))),
  ]
  return {
    name,
    place: handle.path.replace(/^.*\/dist\//, ''),
    markdown: markdown.filter(Boolean).join('\n\n'),
  }
}

const fenced = (code: string): string => `\`\`\`ts\n${code.trim()}\n\`\`\``

/** The text of a comment, whose `<` and `{{` would be markup outside of code. */
function inProse(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part, i) => (i % 2 === 1 ? part : part.replaceAll('<', '&lt;').replaceAll('{{', '&#123;&#123;')))
    .join('')
}

const inTable = (text: string): string =>
  inProse(text)
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll('|', '\\|')
