import { inflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { pageTheme, paper } from './chart.ts'
import { tableCsv, tableHtml, tableText } from './data-table.ts'
import { heatMap } from './heat-map.ts'
import { histogram } from './histogram.ts'
import { imageGrid, sprite } from './image-grid.ts'
import { linePanels, type Panel, sharePanels } from './line-panels.ts'
import { html } from './markup.ts'
import { svgOf } from './picture.ts'
import { encodePng } from './png.ts'
import { rasterize } from './rasterize.ts'

const panel = (title: string, values: readonly (number | null)[]): Panel => ({
  title,
  xTitle: 'Epoch',
  yTitle: 'Loss',
  places: values.map((_, i) => String(i + 1)),
  lines: [
    { name: 'training', values, color: 0 },
    { name: 'validation', values: values.map(value => value && value / 2), color: 1, dashed: true },
  ],
})
const classNames = ['T-shirt <top>', 'Bag & "co"']
const images = [Uint8Array.of(0, 255, 128, 0), Uint8Array.of(255, 0, 0, 255)]
const gray = { imageShape: [2, 2, 1], columns: 2 } as const

const pictures = {
  curves: () => linePanels('A & B', [panel('one', [3, 2, null, 0.5]), panel('two', [9, 8])]),
  histogram: () => histogram('Labels', classNames, [{ name: 'training', counts: [6000, 24000] }]),
  heatMap: () =>
    heatMap({
      title: 'Confusion',
      classNames,
      matrix: [
        [5, 1],
        [0, 7],
      ],
      kind: 'counts',
    }),
  imageGrid: () =>
    imageGrid(
      images.map((pixels, i) => ({ pixels, caption: classNames[i]! })),
      { title: 'Images', rowNames: ['flip <left>'], ...gray },
    ),
  sprite: () => sprite(images, gray),
}

describe.each(Object.entries(pictures))('%s', (_, draw) => {
  test('the same input gives the same bytes, whatever was drawn before', () => {
    const first = draw()
    for (const other of Object.values(pictures)) other()
    expect(svgOf(draw())).toBe(svgOf(first))
    expect(rasterize(draw()).equals(rasterize(first))).toBe(true)
  })

  test('is whole, sized, still and quiet: nothing to point at, nothing to load', () => {
    const svg = svgOf(draw())
    expect(svg).toMatch(/^<svg [^>]*width="[\d.]+"[^>]*height="[\d.]+"/)
    expect(svg.trimEnd()).toMatch(/<\/svg>$/)
    for (const bad of ['NaN', 'undefined', '<script', ':hover', 'ecmeta', 'class="zr'])
      expect(svg).not.toContain(bad)
    expect(svg.replaceAll(/xmlns(:\w+)?="[^"]*"/g, '')).not.toMatch(/https?:/)
  })

  test('is a PNG twice as large', () => {
    const { width, height, ...picture } = draw()
    const png = rasterize({ width, height, ...picture })
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([
      Math.ceil(2 * width),
      Math.ceil(2 * height),
    ])
  })
})

test('names with signs of their own are escaped', () => {
  expect(String(html`${`<a href="x">'&`}`)).toBe('&lt;a href=&quot;x&quot;&gt;&#39;&amp;')
  expect(svgOf(pictures.imageGrid())).toContain('T-shirt &lt;top&gt;')
  expect(svgOf(pictures.heatMap())).not.toContain('<top>')
})

test('class names that no XML may hold are drawn all the same: a folder can have any name', () => {
  for (const name of ['a\u001b[31m', '\0', '\ud800', '\ufffe', ']]>"<&']) {
    const svg = heatMap({
      title: name,
      classNames: [name, 'b'],
      matrix: [
        [1, 0],
        [0, 1],
      ],
      kind: 'shares',
    })
    expect(rasterize(svg, 1).length, name).toBeGreaterThan(100)
  }
  expect(String(html`${'a\u001b\n😀'}`)).toBe('a\ufffd\n😀')
})

test('text is drawn with the font that comes along, not with the machine’s', () => {
  const text = (content: string): Buffer =>
    rasterize({
      width: 60,
      height: 20,
      content: html`<text y="15" font-family="No Such Font, sans-serif">${content}</text>`,
    })
  expect(text('abc').equals(text(''))).toBe(false)
  expect(text('abc').equals(text('abd'))).toBe(false)
})

test('epochs are whole numbers, and panels that measure the same share a range', () => {
  const svg = svgOf(pictures.curves())
  const labels = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(match => match[1])
  expect(labels.filter(label => label === 'Epoch')).toHaveLength(2)
  expect(labels).toEqual(expect.arrayContaining(['1', '2', '3', '4', 'training', 'validation']))
  expect(labels.filter(label => label === '10')).toHaveLength(2)
})

test('a PNG holds the pixels it was given', () => {
  const png = encodePng(Uint8Array.of(1, 2, 3, 4, 5, 6), [1, 2, 3])
  expect(png.readUInt32BE(16)).toBe(2)
  expect(png[25]).toBe(2)
  const size = png.readUInt32BE(33)
  expect([...inflateSync(png.subarray(41, 41 + size))]).toEqual([0, 1, 2, 3, 4, 5, 6])
})

describe('a table for people and for machines', () => {
  const table = {
    columns: [
      { key: 'name', title: 'Name' },
      { key: 'share', title: 'Share', show: (value: number) => value.toFixed(2) },
      { key: 'never', title: 'Never known' },
    ],
    rows: [
      { name: 'a "quoted", name', share: 0.123456, never: null },
      { name: '<b>', share: null, never: null },
    ],
  }

  test('text: rounded, aligned, without what is never known', () => {
    expect(tableText(table).split('\n')).toEqual([
      'Name               Share',
      '────────────────────────',
      'a "quoted", name    0.12',
      '<b>                    –',
    ])
  })

  test('CSV: all digits, quoted, with every column', () => {
    expect(tableCsv(table)).toBe('name,share,never\n"a ""quoted"", name",0.123456,\n<b>,,\n')
  })

  test('without rows it keeps its titles and says so', () => {
    const { columns } = table
    expect(tableText({ columns, rows: [] }).split('\n')).toEqual([
      'Name   Share   Never known',
      '──────────────────────────',
      '(no rows)',
    ])
    expect(tableText({ columns: columns.slice(0, 1), rows: [{ name: null }] })).toBe('Name\n────\n–')
    expect(String(tableHtml({ columns, rows: [] }))).toContain('<td colspan="3">(no rows)</td>')
    expect(tableText({ columns: [], rows: [] })).toBe('\n\n(no rows)')
  })

  test('HTML: escaped', () => {
    expect(String(tableHtml(table))).toContain('<td>&lt;b&gt;</td><td class="number">–</td></tr>')
  })
})

test('a chart of shares: every line in the legend, panels with their axes', () => {
  const panel = (title: string) => ({
    title,
    xTitle: 'Confidence',
    xEnd: 1,
    yTitle: 'Right',
    lines: ['cat & co', 'dog'].map(name => ({ name, points: [[0, 0.5] as const, [1, 1] as const] })),
    diagonal: true,
    summary: '',
  })
  const chart = {
    kind: 'chart',
    name: 'c',
    caption: '',
    panels: [panel('one'), panel('two'), panel('three'), panel('four')],
  } as const
  const svg = svgOf(sharePanels(chart, paper))
  const labels = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(match => match[1])
  expect(labels).toEqual(expect.arrayContaining(['cat &amp; co', 'dog', 'one', 'four', '0.2']))
  expect(labels.filter(label => label === 'Confidence')).toHaveLength(4)
  expect(svg).toBe(svgOf(sharePanels(chart, paper)))
  // In a page, texts and lines are of its colours, light or dark.
  const inPage = svgOf(sharePanels(chart, pageTheme('a')))
  expect(inPage).toContain('fill="var(--text)"')
  expect(inPage).toContain('stroke="var(--line-0, #0072B2)"')
  expect(inPage).not.toMatch(/#222222|#666666|#FFFFFF|#fff"/i)
})
