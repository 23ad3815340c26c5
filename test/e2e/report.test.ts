import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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

const OWN = `Why *we* ask, with {figure:comparison} and <img src=x onerror=alert(1)>.

# Discussion

Our own view, and [a link](javascript:alert(1)).

# Acknowledgements

Thanks.
`
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
  writeFileSync(join(folder, 'own.md'), OWN)
  const { code, stdout, stderr } = await heddle(
    [
      ...['report', 'tiny', '--title', 'A & B <1>', '--author', 'Ada <L>', '--text', 'own.md'],
      ...['--pdf', 'report.pdf', '--markdown', 'report.md', '--citation-style', 'ieee'],
    ],
    { cwd: folder },
  )
  expect(code, stderr).toBe(0)
  expect(stdout).toMatch(/^report\.html \(\d\.\d MB\) and report\.pdf and report\.md\n$/)
  html = readFileSync(join(folder, 'report.html'), 'utf8')
}, 120_000)
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
    expect(sources.length).toBeGreaterThan(40)
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
      '<p>Ada &lt;L&gt;</p>',
      /<p class="verdict">(No evidence of a difference between chain and residual|residual is (better|worse) than chain): /,
      // Reports 000 and 001 typed other numbers than they had trained.
      '2 models of tiny, 4 runs, trained on fashion-mnist-mini: which is better, and how sure is that?',
      '<td>epochs</td><td>2</td><td>1</td>',
      'They have been looked at 5 times in this store: 4 runs tested at the end, 1 call of evaluate, compare and report.',
      '1,500 training and 500 test images of 28 × 28 × 1 in 10 classes [1]',
      '<b>Figure 1.</b> Training images of each class',
      '<b>Table 1.</b> Test accuracy of a small network',
      '<b>Table 3.</b> The layers of each model',
      'a line for each seed',
      'small networks',
      '</b> Copies among the images.',
      '</b> Images that are least like any other.',
      /<\/b> Doubtful labels: label → what it looks like/,
      '</b> The layers of residual with',
      'Accuracy on distorted test images',
      'weighted avg',
      'Confusion matrix of chain (seed 1)',
      'The surest mistakes of chain, seed 1',
      'Integrated gradients'.toLowerCase(),
      'What to try next',
      '[1] H. Xiao, K. Rasul, and R. Vollgraf'.replace(', and', ' and'),
      'heddle run tiny.json --seeds 2',
      'heddle report tiny',
    ]
    expect(
      parts.filter(part => (typeof part === 'string' ? !html.includes(part) : !part.test(html))),
    ).toEqual([])
  })

  test('the words of the author stand in their chapters, and run nothing', () => {
    expect(html).toMatch(
      /1\. Introduction<\/h2>\s*<p>Why <em>we<\/em> ask, with Figure \d+ and &lt;img src=x/,
    )
    expect(html).toMatch(/5\. Discussion<\/h2>\s*<p>Our own view, and a link\.<\/p>/)
    expect(html).toContain('6. Acknowledgements</h2>')
  })

  test('the experiment is inside: it trains the same weights where the store is not', async () => {
    const listed = /save it as tiny\.json\.<\/figcaption><pre>([^<]*)</.exec(html)![1]!
    expect(listed.split('\n').length).toBeGreaterThan(8)
    const there = mkdtempSync(join(tmpdir(), 'heddle-elsewhere-'))
    writeFileSync(join(there, 'tiny.json'), listed.replaceAll('&quot;', '"').replaceAll('&amp;', '&'))
    const { code, stdout, stderr } = await heddle(['run', 'tiny.json', '--seeds', '2', '--json'], {
      cwd: there,
    })
    expect(code, stderr).toBe(0)
    rmSync(there, { recursive: true })
    const listedRuns = JSON.parse((await heddle(['runs', 'ls', '--json'], { cwd: folder })).stdout)
    expect(listedRuns).toHaveLength(4)
    for (const { testLoss } of listedRuns) expect(stdout).toContain(String(testLoss))
  }, 60_000)

  test('as PDF without a browser: fonts and links inside; as Markdown with its figures', () => {
    const pdf = readFileSync(join(folder, 'report.pdf')).toString('latin1')
    expect(pdf).toMatch(/^%PDF-1/)
    expect(pdf).toMatch(/\/FontName \/\w+\+DejaVuSans-Bold/)
    expect(pdf.match(/\/Type \/Page\b/g)!.length).toBeGreaterThan(5)
    expect(pdf).toMatch(/\/S \/GoTo/)
    const markdown = readFileSync(join(folder, 'report.md'), 'utf8')
    const pictures = [...markdown.matchAll(/\]\((report-figures\/[^)]+)\)/g)].map(([, path]) => path!)
    expect(pictures.length).toBeGreaterThan(8)
    for (const path of pictures) expect(existsSync(join(folder, path)), path).toBe(true)
    expect(markdown).not.toMatch(/<img|javascript:/)
  })

  test('a course template says what is missing, and exits with 3', async () => {
    const { code, stdout, stderr } = await heddle(
      ['report', 'tiny', '--no-robustness', '--no-audit', '--out', 'course.html', '--template', 'assignment'],
      { cwd: folder },
    )
    expect(code).toBe(3)
    expect(stdout).toMatch(/NO {4}an author +none: add --author/)
    expect(stdout).toMatch(/yes {3}at least 2 models +2 models/)
    expect(stderr).toContain('3 of 14 requirements of the assignment are not met.')
    expect(existsSync(join(folder, 'course.html'))).toBe(true)
  }, 60_000)

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
    expect(one).not.toContain('Class by class, ')
    expect(one).not.toContain('Accuracy on distorted')
  })

  test('heddle figures leaves a folder with files alone, unless you ask to replace them', async () => {
    const [id] = await runIds()
    const figures = (...more: readonly string[]) =>
      heddle(['figures', id!, '--out', 'mine', '--no-robustness', '--format', 'svg', ...more], {
        cwd: folder,
      })
    mkdirSync(join(folder, 'mine'))
    for (const name of ['samples.csv', 'notes.txt']) writeFileSync(join(folder, 'mine', name), 'my own')
    const refused = await figures()
    expect([refused.code, refused.stderr]).toEqual([
      2,
      'heddle: --out mine is not empty. Name a new folder, or add --replace to replace the files of the same names.\n',
    ])
    expect(readdirSync(join(folder, 'mine'))).toHaveLength(2)
    const { code, stdout, stderr } = await figures('--replace')
    expect(code, stderr).toBe(0)
    expect(stdout).toMatch(/^mine: \d+ figures, \d+ tables and \d+ listings; /)
    expect(readFileSync(join(folder, 'mine/samples.csv'), 'utf8')).toMatch(/^index,label,class\n/)
    expect(readFileSync(join(folder, 'mine/notes.txt'), 'utf8')).toBe('my own')
  }, 60_000)

  test('what is not there is refused', async () => {
    const { code, stderr } = await heddle(['report', 'tiny/none'], { cwd: folder })
    expect(code).toBe(2)
    expect(stderr).toBe(
      'heddle: There is no run of tiny/none. "heddle runs ls" lists what has been trained.\n',
    )
  })
})
