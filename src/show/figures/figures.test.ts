import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { reportedRuns } from '../../../test/support/reported-runs.ts'
import { chooseBackend } from '../../engine/backends/choose.ts'
import { auditData } from '../../insight/audit/index.ts'
import type { DataAudit } from '../../protocol/audit.ts'
import type { ReportMaterial } from '../../runs/gather-report.ts'
import { paper } from '../chart.ts'
import { documentMarkdown } from '../document/document-markdown.ts'
import { handInReport } from '../hand-in/report.ts'
import { svgOf } from '../picture.ts'
import { captionsText } from './captions.ts'
import { figureFiles } from './figure-files.ts'
import { exhibitsOf } from './index.ts'

let folder: string
let material: ReportMaterial
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-figures-'))
  material = await reportedRuns(folder)
}, 180_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const figureNamed = (name: string) => exhibitsOf(material).figures.find(figure => figure.name === name)!
const madeAt = 1_700_000_000_000
const image = (index: number) => ({ split: 'test', index, label: 'Bag' }) as const

/** An audit of the data with something of each kind. */
async function foundEverything(): Promise<DataAudit> {
  const audit = await auditData(material.data, { backend: chooseBackend('auto'), labels: false })
  const { duplicates, outliers } = audit
  return {
    ...audit,
    duplicates: {
      ...duplicates,
      exact: [[image(1), image(2), image(3)]],
      near: { ...duplicates.near, pairs: [{ first: image(4), second: image(5), rms: 2.5 }] },
    },
    outliers: { ...outliers, images: [{ ...image(6), rms: 70 }] },
    labels: {
      ...{ folds: 5, epochs: 3, seed: 1, accuracy: 0.8, pairs: [] },
      suspects: [{ ...image(7), suggested: 'Top', ofLabel: 0.01, ofSuggested: 0.9 }],
      scores: [{ trainedOn: 'all', images: 1200, onAll: 0.8, onUnsuspected: 0.82 }],
    },
  }
}

test('a folder of figures has all that the five reports show', () => {
  const { figures, tables, listings } = exhibitsOf(material)
  const ofModel = (model: string) =>
    [
      'confusion-*',
      'confusion-*-by-label',
      'confusion-*-by-all',
      'roc-*',
      'reliability-*',
      'hardest-*',
      'explanations-*',
    ].map(name => name.replace('*', model))
  expect(figures.map(({ name }) => name)).toEqual([
    'samples',
    'class-samples',
    'class-histogram-before',
    'class-histogram',
    'augmentation-conv',
    'architecture-linear',
    'layers-linear',
    'architecture-conv',
    'layers-conv',
    'curves',
    'curves-together',
    'by-model-test',
    'by-model-train',
    'comparison',
    'robustness',
    ...ofModel('linear'),
    ...ofModel('conv'),
  ])
  expect(tables.map(({ name }) => name)).toEqual([
    'labels',
    'models',
    'options',
    'results',
    'differences',
    'costs',
    'class-differences',
    'classes-linear',
    'confused-linear',
    'classes-conv',
    'confused-conv',
  ])
  expect(listings.map(({ name }) => name)).toEqual([
    'arrays',
    ...['linear', 'conv'].flatMap(model =>
      ['code', 'summary', 'progress', 'classification-report'].map(kind => `${kind}-${model}`),
    ),
  ])
})

test('every figure is whole, and its caption, numbers and picture are there', () => {
  for (const { name, caption, draw, data } of exhibitsOf(material).figures) {
    expect(caption, name).toMatch(/^[A-Z].*\.$/)
    expect(data.rows.length, name).toBeGreaterThan(0)
    // Encoded pixels may spell anything.
    const svg = svgOf(draw(paper)).replaceAll(/"data:image[^"]*"/g, '""')
    for (const bad of ['NaN', 'undefined', 'Infinity', 'var(--']) expect(svg, name).not.toContain(bad)
    const [, width, height] = /width="([\d.]+)" height="([\d.]+)"/.exec(svg)!.map(Number)
    expect(Math.min(width!, height!), name).toBeGreaterThan(80)
  }
})

test('SVG has outlines and its caption, PNG 300 dots an inch, PDF its fonts, CSV every number', async () => {
  const figure = figureNamed('confusion-conv')
  const files = Object.fromEntries(
    await figureFiles(figure, { formats: ['svg', 'png', 'pdf'], number: 7, madeAt }),
  )
  expect(Object.keys(files)).toEqual([
    'confusion-conv.svg',
    'confusion-conv.png',
    'confusion-conv.pdf',
    'confusion-conv.csv',
  ])
  const svg = String(files['confusion-conv.svg'])
  expect(svg).toContain(`<title>Figure 7</title><desc>${figure.caption}</desc>`)
  expect(svg).not.toMatch(/<text|font-family/)
  const png = Buffer.from(files['confusion-conv.png'] as Uint8Array)
  const density = png.indexOf('pHYs')
  expect([png.readUInt32BE(density + 4), png.readUInt32BE(density + 8), png[density + 12]]).toEqual([
    11811, 11811, 1,
  ])
  expect(png.readUInt32BE(16)).toBe(Math.round((figure.draw(paper).width * 300) / 96))
  const pdf = Buffer.from(files['confusion-conv.pdf'] as Uint8Array).toString('latin1')
  expect(pdf).toMatch(/^%PDF-1/)
  expect(pdf).toMatch(/\/FontName \/\w+\+DejaVuSans/)
  expect(pdf.match(/\/Type \/Page\b/g)).toHaveLength(1)
  const { confusion } = material.models[1]!.evaluation
  expect(files['confusion-conv.csv']).toBe(
    `label,Top,Shoe & <boot>,Bag\n${['Top', 'Shoe & <boot>', 'Bag'].map((name, i) => `${name},${confusion![i]!.join(',')}\n`).join('')}`,
  )
})

test('the same runs give the same bytes', async () => {
  const draw = async () =>
    figureFiles(figureNamed('curves-together'), { formats: ['svg', 'png', 'pdf'], number: 1, madeAt })
  const [first, second] = [await draw(), await draw()]
  for (const [i, [name, content]] of first.entries())
    expect(Buffer.from(second[i]![1]).equals(Buffer.from(content)), name).toBe(true)
})

test('the four lines of two models stand in one panel of accuracy', () => {
  const { rows } = figureNamed('curves-together').data
  const accuracy = rows.filter(({ panel }) => panel === 'Accuracy')
  expect([...new Set(accuracy.map(({ line }) => line))]).toEqual([
    'linear, training',
    'linear, validation',
    'conv, training',
    'conv, validation',
  ])
  const [run] = material.models[1]!.runs
  expect(accuracy.filter(({ line }) => line === 'conv, validation').map(({ y }) => y)).toEqual(
    run!.epochs.map(({ metrics }) => metrics.valAccuracy),
  )
})

test('an audit has a figure of each kind of image that it found, and its tables', async () => {
  const { figures, tables } = exhibitsOf({ ...material, audit: await foundEverything() })
  const found = figures.filter(({ name }) => name.startsWith('audit-'))
  expect(found.map(({ name, data }) => [name, data.rows.map(({ index }) => index)])).toEqual([
    ['audit-copies', [1, 2, 3]],
    ['audit-near-duplicates', [4, 5]],
    ['audit-outliers', [6]],
    ['audit-label-suspects', [7]],
  ])
  for (const { caption, draw, data } of found) {
    expect(caption).toMatch(/^[A-Z].*\.$/)
    expect(svgOf(draw(paper)).match(/<image/g)).toHaveLength(data.rows.length)
  }
  expect(tables.map(({ name }) => name).slice(0, 3)).toEqual(['labels', 'audit-scores', 'audit-copies'])
})

test('a report leaves nothing out that was found: pictures of the audit, warnings, calibration, layers, changed code', async () => {
  const models = material.models.map(model => ({
    ...model,
    evaluation: { ...model.evaluation, warnings: ['Mind this.'] },
    runs: model.runs.map(one => ({
      ...one,
      environment: { ...one.environment, git: { commit: '0123456789abcdef', isDirty: true } },
    })),
  }))
  const pairs = material.comparison!.pairs.map(pair => ({
    ...pair,
    discordance: { onlyFirst: 3, onlySecond: 4 },
  }))
  const comparison = { ...material.comparison!, pairs }
  const { document } = handInReport(
    { ...material, models, comparison, audit: await foundEverything() },
    { title: 'T', citationStyle: 'apa', command: 'heddle report small' },
  )
  const markdown = documentMarkdown(document, name => `${name}.png`)
  for (const part of [
    '![Doubtful labels: label → what it looks like.](audit-label-suspects.png)',
    /\*\*Table \d+\.\*\* Test accuracy of a small network/,
    /\*\*Table \d+\.\*\* The layers of conv with/,
    '- Mind this.',
    '- linear: 20 % of the training images were kept for validation. Pixels were scaled (0 to 1).\n',
    'scaled (0 to 1). Training images were changed at random in each step; test images were not.\n',
    /Confidences are [\d.]+ points off on average \(ECE\).*Brier score/,
    'Only linear is right on 3 of 500 images, only conv on 4.',
    'was at 0123456789ab, with changes that the store has as code.patch.',
  ])
    expect(typeof part === 'string' ? markdown.includes(part) : part.test(markdown), String(part)).toBe(true)
  const listing = /save it as small\.json\.\n\n```json\n([^`]*)\n```/.exec(markdown)![1]!
  expect(JSON.parse(listing).name).toBe('small')
  // Paper has room for 129 characters of the listing's 6.2 points.
  expect(Math.max(...listing.split('\n').map(line => line.length))).toBeLessThan(129)
})

test('captions are numbered and name their files', () => {
  const text = captionsText(exhibitsOf(material), {
    title: 'small',
    command: 'heddle figures small',
    formats: ['svg'],
  })
  expect(text).toContain('**Figure 1.** The first 20 training images of')
  expect(text).toContain('[samples.svg](samples.svg) · [samples.csv](samples.csv)')
  expect(text).toContain('**Table 4.** Results of each run')
  expect(text).toMatch(/\*\*Listing 2\.\*\* The code of linear\. {2}\n\[code-linear\.ts\]\(code-linear\.ts\)/)
})
