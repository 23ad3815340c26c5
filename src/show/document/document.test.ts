import { inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { citationStyles } from '../../protocol/publication.ts'
import { tableOf } from '../../protocol/table.ts'
import { authorText } from '../hand-in/author-text.ts'
import { referencesIn } from '../hand-in/references.ts'
import { checkRubric, rubricOf } from '../hand-in/rubric.ts'
import { histogram } from '../histogram.ts'
import type { Document, Part } from './document.ts'
import { documentHtml } from './document-html.ts'
import { documentMarkdown } from './document-markdown.ts'
import { documentPdf } from './document-pdf.ts'
import { proseOf, wordsIn } from './prose.ts'

const data = tableOf(
  [{ a: 'x|y', b: { value: 1, runs: [{ id: 'abc', text: '1' }] } }],
  [
    ['a', 'A', ({ a }) => a],
    ['b', 'B', ({ b }) => b],
  ],
)
const own =
  'A **bold** <b>word</b> [here](https://example.org/(a)), [not](javascript:alert(1)).\n\n- one\n\n| h |\n|---|\n| c |\n'
const document: Document = {
  title: 'T <1>',
  author: 'A',
  affiliation: null,
  date: '2026-01-02',
  madeAt: 1_700_000_000_000,
  cite: key => `(${key})`,
  chapters: [
    {
      title: 'Abstract',
      numbering: 'none',
      parts: [{ kind: 'text', text: 'See {figure:bars}, {table:t} and {cite:adam}; {figure:none}.' }],
    },
    {
      title: 'First',
      parts: [
        { kind: 'prose', prose: proseOf(own) },
        {
          kind: 'figure',
          figure: {
            name: 'bars',
            caption: 'Bars.',
            draw: theme => histogram('', ['a'], [{ name: 'n', counts: [1] }], theme),
            data,
          },
        },
        { kind: 'table', table: { name: 't', caption: 'Numbers.', table: data } },
        { kind: 'listing', listing: { name: 'l', caption: 'Code.', text: 'a ``` b' } },
      ],
    },
    {
      title: 'More',
      numbering: 'letter',
      parts: [{ kind: 'run', id: 'abc', facts: [{ name: 'N', text: 'f' }] }],
    },
  ],
}

test('as HTML: numbers, references and words of the author, of which none is markup', () => {
  const html = documentHtml(document)
  expect(html).toContain('See Figure 1, Table 1 and (adam); {figure:none}.')
  expect(html).toContain('<h2 id="chapter-1">1. First</h2>')
  expect(html).toContain('<h2 id="chapter-2">A. More</h2>')
  expect(html).toContain(
    '<strong>bold</strong> &lt;b&gt;word&lt;/b&gt; <a href="https://example.org/(a)">here</a>, not.',
  )
  expect(html).toContain('<a href="#run-abc">1</a>')
  expect(html).toContain('id="run-abc"')
})

test('as Markdown: nothing but what is meant is markup', () => {
  const markdown = documentMarkdown(document, name => `f/${name}.png`)
  expect(markdown).toContain('# T &lt;1&gt;')
  expect(markdown).toContain('A **bold** &lt;b&gt;word&lt;/b&gt; [here](https://example.org/(a%29), not.')
  expect(markdown).toContain('![Bars.](f/bars.png)')
  expect(markdown).toContain('| A | B |\n| --- | ---: |\n| x\\|y | 1 |')
  expect(markdown).toContain('````\na ``` b\n````')
})

test('as PDF: the same bytes each time, and the document is not changed by it', async () => {
  const before = JSON.stringify(document)
  const [first, second] = [await documentPdf(document), await documentPdf(document)]
  expect(first.equals(second)).toBe(true)
  expect(first.toString('latin1')).toMatch(/\/FontName \/\w+\+DejaVuSansMono/)
  expect(JSON.stringify(document)).toBe(before)
})

/** The sizes of the letters of each page of a PDF, in their order. */
function sizesIn(pdf: Buffer): number[][] {
  const streams = [...pdf.toString('latin1').matchAll(/stream\n(.*?)\nendstream/gs)]
  return streams.flatMap(([, bytes]) => {
    try {
      const text = inflateSync(Buffer.from(bytes!, 'latin1')).toString('latin1')
      const sizes = [...text.matchAll(/\/F\d+ ([\d.]+) Tf/g)].map(match => Number(match[1]))
      return sizes.length > 0 ? [sizes] : []
    } catch {
      return []
    }
  })
}

test('as PDF: no heading is the last of its page, wherever it falls', async () => {
  const [heading, number] = [10.5, 8]
  const text = (words: string): Part => ({ kind: 'text', text: words })
  const bare: Document = { ...document, title: 't', author: null }
  let ends = 0
  for (let lines = 25; lines < 30; lines++) {
    const parts: Part[] = [
      ...Array.from({ length: lines }, (_, i) => text(`filler ${i}`)),
      { kind: 'heading', text: 'Heading' },
      text('A paragraph of two lines that says what stands below the heading. '.repeat(2)),
    ]
    const pages = sizesIn(await documentPdf({ ...bare, chapters: [{ title: 'One', parts }] }))
    for (const sizes of pages) {
      expect(sizes.at(-1)).toBe(number)
      expect(sizes.findLast(size => size !== number)).not.toBe(heading)
    }
    if (pages[1]?.[0] === heading) ends++
  }
  // Some of them came near the end of the page.
  expect(ends).toBeGreaterThan(0)
})

test('as PDF: a wide table is cut into pieces of about one width, each with its caption', async () => {
  const wide = tableOf(
    [{ n: 1 }],
    Array.from({ length: 14 }, (_, i) => [`c${i}`, `Measured ${i}`, () => 0.123456] as const),
  )
  const parts = [{ kind: 'table', table: { name: 't', caption: 'Wide.', table: wide } }] as const
  const pdf = await documentPdf({ ...document, chapters: [{ title: 'First', parts }] })
  const caption = 8
  // The second piece has a caption, and so has the page its number.
  expect(sizesIn(pdf)[0]!.filter(size => size === caption).length).toBeGreaterThanOrEqual(3)
})

test('Markdown of an author: chapters by their headings, words counted', () => {
  const text = authorText('First.\n\n# Conclusions\nSo it is.\n\n# Thanks\nYou.')
  expect(text.of('Introduction')).toEqual([{ kind: 'paragraph', inlines: [{ text: 'First.' }] }])
  expect(wordsIn(text.of('Discussion'))).toBe(3)
  expect(text.others.map(({ title }) => title)).toEqual(['Thanks'])
  expect(text.of('Data')).toEqual([])
})

test('references: each style has its order, its list and its way to cite', () => {
  const used = ['wilson', 'fashion-mnist', 'adam'] as const
  const cited = citationStyles.map(style => {
    const { lines, cite } = referencesIn(style, used)
    return [lines[0], cite('adam'), cite('fashion-mnist')]
  })
  expect(cited).toEqual([
    [
      'Kingma, D. P., & Ba, J. (2015). Adam: a method for stochastic optimization. International Conference on Learning Representations. https://arxiv.org/abs/1412.6980',
      '(Kingma & Ba, 2015)',
      '(Xiao et al., 2017)',
    ],
    [
      '[1] E. B. Wilson, “Probable inference, the law of succession, and statistical inference,” Journal of the American Statistical Association, 22(158), 209–212, 1927.',
      '[3]',
      '[2]',
    ],
    [
      'Kingma, D. P, and J. Ba. “Adam: a method for stochastic optimization.” International Conference on Learning Representations, 2015. https://arxiv.org/abs/1412.6980',
      '(Kingma and Ba)',
      '(Xiao et al.)',
    ],
  ])
})

test('a rubric lists what is met and what is not', () => {
  const text = authorText('One two three.')
  const lines = checkRubric(
    { document, text, references: 4 },
    { rubric: rubricOf({ models: 3, figures: 1, tables: 2, words: 3 }), models: 2 },
  )
  expect(
    lines.filter(({ isMet }) => !isMet).map(({ requirement, found }) => `${requirement}: ${found}`),
  ).toEqual([
    ...['Introduction', 'Data', 'Methods', 'Results', 'Discussion', 'References'].map(
      title => `a chapter “${title}”: missing`,
    ),
    'at least 3 words of your own under “Discussion”: none: write them below "# Discussion" in the file of --text',
    'at least 3 models: 2 models',
    'at least 2 tables: 1 table',
  ])
  expect(() => rubricOf({ figure: 2 })).toThrow(
    'The rubric: unknown option "figure". Did you mean "figures"?',
  )
})
