import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  adam,
  add,
  conv2d,
  dense,
  experiment,
  fashionMnistMini,
  flatten,
  graph,
  maxPooling2d,
  sequential,
} from '../../src/index.ts'
import { heddle } from './heddle.ts'

let folder: string
let html: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-report-'))
  const small = conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu' })
  const tiny = experiment({
    name: 'tiny',
    data: fashionMnistMini(),
    models: {
      chain: sequential([small, maxPooling2d(), flatten(), dense({ units: 10, activation: 'softmax' })]),
      residual: graph({
        one: [small, 'input'],
        two: [small, 'one'],
        sum: [add(), 'one', 'two'],
        flat: [flatten(), 'sum'],
        head: [dense({ units: 10, activation: 'softmax' }), 'flat'],
      }),
    },
    train: { optimizer: adam(), loss: 'sparseCategoricalCrossentropy', epochs: 2, validationSplit: 0.2 },
    overrides: { residual: { epochs: 1 } },
  })
  writeFileSync(join(folder, 'tiny.json'), JSON.stringify(tiny))
  const trained = await heddle(['run', 'tiny', '--seeds', '2'], { cwd: folder })
  expect(trained.code, trained.stderr).toBe(0)
  const { code, stdout, stderr } = await heddle(['report', 'tiny', '--title', 'A & B <1>'], { cwd: folder })
  expect(code, stderr).toBe(0)
  expect(stdout).toMatch(/^report\.html \(\d\.\d MB\)\n$/)
  html = readFileSync(join(folder, 'report.html'), 'utf8')
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true }))

const runIds = async (): Promise<string[]> =>
  JSON.parse((await heddle(['runs', 'ls', '--json'], { cwd: folder })).stdout).map(
    ({ id }: { id: string }) => id,
  )

describe('heddle report', () => {
  test('is one file: nothing is loaded, nothing is run', () => {
    expect(html.length).toBeLessThan(3e6)
    expect(html).not.toMatch(/<script|<link|<iframe|@import|javascript:| on\w+="/)
    const sources = [...html.matchAll(/ (?:src|href|xlink:href)="([^"]*)"/g)].map(([, to]) => to!)
    expect(sources.length).toBeGreaterThan(50)
    for (const to of sources) expect(to).toMatch(/^(#|data:image\/png;base64,)/)
    for (const [, to] of html.matchAll(/url\(([^)]*)\)/g)) expect(to).toMatch(/^#/)
  })

  test('every link leads somewhere, no name is given twice, and every run can be reached', async () => {
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id!)
    expect(new Set(ids).size).toBe(ids.length)
    const links = [...html.matchAll(/(?:href="|url\()#([^")]*)/g)].map(([, to]) => to!)
    expect(links.filter(to => !ids.includes(to))).toEqual([])
    const runs = await runIds()
    expect(runs).toHaveLength(4)
    for (const id of runs) {
      expect(ids).toContain(`run-${id}`)
      expect(links).toContain(`run-${id}`)
      expect(html).toContain(`heddle runs show ${id}`)
      expect(html).toContain(`heddle repeat ${id}`)
    }
  })

  test('says what was asked, found and shown, from the runs alone', () => {
    const parts = [
      '<title>A &amp; B &lt;1&gt;</title>',
      /<p class="verdict">(No evidence of a difference between chain and residual|residual is (better|worse) than chain): /,
      // Reports 000 and 001 typed other numbers than they had trained.
      '2 models of tiny, 4 runs, trained on fashion-mnist-mini: which is better, and how sure is that?',
      '<td>epochs</td><td>chain: 2<br>residual: 1</td>',
      'Class by class',
      'They have been looked at 5 times in this store: 4 runs tested at the end, 1 call of evaluate, compare and report.',
      '1,500 training and 500 test images of 28 × 28 × 1',
      'A line for each seed.',
      /<td>RMS below 10, pairs<\/td><td class="number">\d+<\/td>/,
      /small networks .* put \d+ images? into another class/,
      'Model card',
      'Accuracy on distorted test images',
      'weighted avg',
      'Confusion matrix, images: label downwards, prediction across',
      /<td class="number hit deep" style="--shade:100%">\d+<\/td>/,
      'Hardest images',
      'Integrated gradients',
      'heddle report tiny',
    ]
    expect(
      parts.filter(part => (typeof part === 'string' ? !html.includes(part) : !part.test(html))),
    ).toEqual([])
    expect(html.match(/Model card/g)).toHaveLength(2)
  })

  test('shows what a layer reads past its neighbour', () => {
    const diagrams = [
      ...html.matchAll(/<svg class="chart"[^>]*aria-label="The layers of (\w+)"[\s\S]*?<\/svg>/g),
    ]
    expect(diagrams.map(([, name]) => name)).toEqual(['chain', 'residual'])
    const arrows = diagrams.map(([svg]) => svg.match(/marker-end/g)!.length)
    // Four layers; five, of which one reads two.
    expect(arrows).toEqual([4, 6])
  })

  test('of a single run there is no comparison', async () => {
    const [id] = await runIds()
    const { code, stderr } = await heddle(
      ['report', id!, '--out', 'one.html', '--no-robustness', '--no-audit', '--json'],
      {
        cwd: folder,
      },
    )
    expect(code, stderr).toBe(0)
    const one = readFileSync(join(folder, 'one.html'), 'utf8')
    expect(one).toMatch(
      /<p class="verdict">\w+: \d\d\.\d\d % of 500 test images are recognised \(95 % interval /,
    )
    expect(one).not.toContain('Class by class')
    expect(one).not.toContain('Distorted images')
  })

  test('on paper, where there is a browser; else it says how', async () => {
    const without = await heddle(['report', 'tiny', '--no-robustness', '--no-audit', '--pdf', 'no.pdf'], {
      cwd: folder,
      env: { PATH: folder, CHROMIUM: '' },
    })
    expect(without.code).toBe(1)
    expect(without.stderr).toMatch(
      /report\.html is written, but not as PDF: no Chromium or Chrome is installed\. Name one with CHROMIUM, or print the page\./,
    )
    if (!existsSync('/usr/bin/chromium')) return
    const { code, stdout, stderr } = await heddle(
      ['report', 'tiny', '--no-robustness', '--no-audit', '--pdf', 'tiny.pdf'],
      {
        cwd: folder,
        env: { CHROMIUM: '/usr/bin/chromium' },
      },
    )
    expect(code, stderr).toBe(0)
    expect(stdout).toMatch(/^report\.html \(\d\.\d MB\) and tiny\.pdf\n$/)
    expect(readFileSync(join(folder, 'tiny.pdf')).subarray(0, 5).toString()).toBe('%PDF-')
  }, 60_000)

  test('what is not there is refused', async () => {
    const { code, stderr } = await heddle(['report', 'tiny/none'], { cwd: folder })
    expect(code).toBe(2)
    expect(stderr).toBe(
      'heddle: There is no run of tiny/none. "heddle runs ls" lists what has been trained.\n',
    )
  })
})
