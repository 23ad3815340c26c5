import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { heddle, node, type StartOptions } from './heddle.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-reproduce-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const run = (args: readonly string[], options: Omit<StartOptions, 'cwd'> = {}) =>
  node([join(root, 'node_modules/jiti/lib/jiti-cli.mjs'), join(root, 'reports/src/main.ts'), ...args], {
    cwd: folder,
    ...options,
  })
const at = (...parts: string[]) => join(folder, 'reproduction-quick', ...parts)
/** What `heddle` finds in the folder's own run store. */
const runsOf = async (experiment: string): Promise<{ id: string; status: string; model: string }[]> => {
  const { stdout } = await heddle(['runs', 'ls', '--json'], { cwd: at() })
  return JSON.parse(stdout).filter((run: { experiment: string }) => run.experiment === experiment)
}

test('npm run reproduce builds what is stale and runs the program of this file', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  expect(scripts.reproduce).toBe('node scripts/setup.mjs --data && jiti reports/src/main.ts')
})

test('--quick 002: every artefact, marked as not comparable', async () => {
  const { code, stdout, stderr } = await run(['--quick', '002'])
  expect(stderr).toContain('heddle: Quick: few epochs on few images. The numbers are not comparable')
  expect(code).toBe(0)
  // No points of difference beside numbers that cannot be compared.
  expect(stdout).toMatch(/^002\/basic +0\.9030 +0\.\d{4} +\d\.\d{4} +not comparable \(quick\)$/m)
  expect(stdout).toContain('Tables and pictures: reproduction-quick/index.html')

  const index = readFileSync(at('index.html'), 'utf8')
  const page = readFileSync(at('002/index.html'), 'utf8')
  for (const html of [index, page]) {
    expect(html).toContain('These numbers are not comparable with the reports')
    expect(html).not.toMatch(/<script|https?:\/\//)
  }
  // Every link and picture of the pages is there.
  for (const [html, place] of [
    [index, '.'],
    [page, '002'],
  ] as const) {
    const links = [...html.matchAll(/(?:href|src)="([^"#]+)"/g)].map(match => match[1]!)
    expect(links.length).toBeGreaterThan(0)
    for (const link of links) expect(statSync(at(place, link)).size, link).toBeGreaterThan(0)
  }
  for (const name of [
    'samples',
    'histogram',
    'sprite',
    'curves-basic',
    'curves-basic-vs-standard',
    'by-model-test',
  ])
    expect(existsSync(at('002', `${name}.svg`)) && existsSync(at('002', `${name}.png`)), name).toBe(true)

  const results = JSON.parse(readFileSync(at('002/results.json'), 'utf8'))
  expect(results).toMatchObject([
    { model: '002/basic', reportedAccuracy: 0.903, seeds: '1' },
    { model: '002/standard', reportedAccuracy: 0.9069 },
  ])
  expect(JSON.parse(readFileSync(at('002/costs.json'), 'utf8'))).toMatchObject([
    { model: '002/basic', reportedParams: 54_000, params: 54_410 },
    { model: '002/standard', reportedParams: 121_000, params: 121_930 },
  ])
  expect(readFileSync(at('findings.txt'), 'utf8')).toContain('10.2 × as many')
  expect(readFileSync(at('002/classification-reports.txt'), 'utf8')).toMatch(
    /^ +precision +recall +f1-score +support$/m,
  )
}, 120_000)

test('a second call trains nothing and draws the same, --force trains again', async () => {
  const before = await runsOf('basic-vs-standard')
  expect(before).toHaveLength(2)
  const picture = readFileSync(at('002/curves-basic.svg'))
  const again = await run(['--quick', '002'])
  expect(again.code).toBe(0)
  expect(again.stderr).toContain('2, of which 2 are finished already')
  expect(again.stderr).not.toMatch(/epoch \d/)
  expect(readFileSync(at('002/curves-basic.svg')).equals(picture)).toBe(true)
  const forced = await run(['--quick', '002/basic', '--force'])
  expect(forced.stderr.match(/epoch \d\/2/g)).toHaveLength(2)
  const after = await runsOf('basic-vs-standard')
  expect(after.map(({ model }) => model).sort()).toEqual(['basic', 'basic', 'standard'])
  // Trained anew from the same seed, it is the same to the byte.
  expect(readFileSync(at('002/curves-basic.svg')).equals(picture)).toBe(true)
}, 120_000)

test('--quick 001/5: a training that cannot go on is a result, with its cause', async () => {
  const { code, stdout, stderr } = await run(['--quick', '001/5'])
  expect(stderr).toContain(
    '1 of the 128 images of this batch has no loss: all outputs of the last layer are zero',
  )
  expect(stderr).not.toContain('Lower the learning rate')
  expect(stdout).toMatch(/^001\/5 +0\.1080 +7\.4900 +failed$/m)
  expect(code).toBe(0)
  expect(readFileSync(at('001/reasons.txt'), 'utf8')).toContain('Seed 1 failed: Training stopped at step')
  expect(readFileSync(at('001/settings.txt'), 'utf8')).toMatch(/^optimizer +adadelta +fitted /m)
  expect(readFileSync(at('index.html'), 'utf8')).toContain('1 failed in every training')
}, 60_000)

test('Ctrl-C: exit code 130, finished models stay, and the same command goes on', async () => {
  let sent = false
  const stopped = await run(['--quick', '004'], {
    onStderr(text, child) {
      if (!sent && text.includes('004/1  test accuracy')) sent = child.kill('SIGINT')
    },
  })
  expect(stopped.code).toBe(130)
  expect(stopped.stderr).toMatch(
    /of 3 runs finished and kept in .*reproduction-quick\. The same command goes on/,
  )
  const runs = await runsOf('three-conv')
  const kept = runs.filter(({ status }) => status === 'finished').length
  expect(kept).toBeGreaterThanOrEqual(1)
  const rest = await run(['--quick', '004'])
  expect(rest.code).toBe(0)
  expect(rest.stderr).toContain(`3, of which ${kept} are finished already`)
  // The one that was stopped went on: no other was begun in its place.
  const whole = await runsOf('three-conv')
  expect(whole.map(({ status }) => status)).toEqual(['finished', 'finished', 'finished'])
  expect(whole.map(({ id }) => id)).toEqual(expect.arrayContaining(runs.map(({ id }) => id)))
  expect(readFileSync(at('index.html'), 'utf8')).toContain('002: Is a second convolution worth its cost?')
}, 120_000)

test('its runs are those of any store: heddle lists and compares them', async () => {
  const compared = await heddle(['compare', 'basic-vs-standard/basic', 'basic-vs-standard/standard'], {
    cwd: at(),
  })
  expect(compared.stderr).not.toContain('defect')
  expect(compared.code).toBe(0)
  expect(compared.stdout).toMatch(/basic/)
})

test('HEDDLE_STORE names the store; what was trained there is not trained again', async () => {
  const env = { HEDDLE_STORE: at('.heddle') }
  const { code, stderr } = await run(['--quick', '002', '--out', 'elsewhere'], { env })
  expect(code).toBe(0)
  expect(stderr).toContain('2, of which 2 are finished already')
  expect(existsSync(join(folder, 'elsewhere/.heddle'))).toBe(false)
  rmSync(join(folder, 'elsewhere'), { recursive: true })
}, 60_000)

test.each([
  ['an option that there is not', ['--quik'], 'Did you mean --quick?'],
  ['a report that there is not', ['--quick', '007'], 'There is no report "007".'],
  ['a model that there is not', ['--quick', '002/basi'], 'Did you mean "002/basic"?'],
  [
    'a full reproduction in a quick folder',
    ['002', '--out', 'reproduction-quick'],
    'holds a quick reproduction',
  ],
  ['the folder of someone else', ['--quick', '002', '--out', '.'], 'was not made by npm run reproduce'],
])('%s: exit code 2, nothing is written', async (_, args, message) => {
  writeFileSync(join(folder, 'mine.txt'), 'mine')
  const before = readdirSync(folder)
  const { code, stdout, stderr } = await run(args)
  expect(stderr).toContain(message)
  expect([code, stdout]).toEqual([2, ''])
  expect(readdirSync(folder)).toEqual(before)
})

test("heddle run loads neither the charts nor the readers of other programs' models, nor their dependencies", () => {
  const dist = join(root, 'dist')
  const seen = new Set<string>()
  const visit = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    for (const [, target] of readFileSync(file, 'utf8').matchAll(
      /^(?:import|export)\b[^'"();]*\bfrom\s*['"]([^'"]+)['"]/gm,
    )) {
      expect(target, file).not.toMatch(/echarts|resvg|dejavu|yauzl|fflate|protobuf/)
      if (target!.startsWith('.')) visit(join(dirname(file), target!))
    }
  }
  for (const file of ['cli/main.js', 'cli/commands/run.js', 'index.js']) visit(join(dist, file))
  expect(seen.size).toBeGreaterThan(50)
})
