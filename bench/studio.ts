/**
 * How long the studio makes its user wait: a page until its table is there, and interactions, with 5,000 runs in the store
 * and with 50 more that record every second. Every time is the browser's own (Event Timing: from input to the next frame).
 *
 *   node scripts/setup.mjs && npx jiti bench/studio.ts        about three minutes, needs chromium
 *
 * Writes bench/results/studio.json.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { chromium, type Page } from 'playwright-core'
import { count } from '../src/base/text.ts'
import type { EpochMetrics } from '../src/protocol/events.ts'
import { openStore } from '../src/store/open.ts'
import type { RunStart, RunStore } from '../src/store/store.ts'
import { thisBuild } from './measured/parts.ts'

const RUNS = 5000
const LIVE = 50
const EPOCHS = 20
const LIVE_SECONDS = 60

const models = ['basic', 'standard', 'wide', 'deep', 'mlp']

function runNumbered(i: number): RunStart {
  return {
    experiment: `experiment-${i % 12}`,
    model: models[i % models.length]!,
    seed: i % 7,
    configuration: `configuration ${Math.floor(i / 7)}`,
    modelHash: '',
    dataset: 'fashion-mnist',
    fingerprint: '0'.repeat(64),
    params: 1000 + 37 * i,
    batchSize: 32,
    epochs: EPOCHS,
    stepsPerEpoch: 500,
    detail: { spec: {}, source: {}, options: [], environment: {} },
  }
}

function epochNumbered(epoch: number, i: number) {
  const loss = 2 / (epoch + 1) + 0.01 * (i % 9)
  const metrics: EpochMetrics = {
    loss,
    accuracy: 1 - 1 / (epoch + 2),
    valLoss: loss + 0.1,
    valAccuracy: 1 - 1 / (epoch + 1.8),
    learningRate: 0.001,
  }
  return { epoch, metrics, trainMs: 1000, durationMs: 1100 }
}

const stepNumbered = (step: number) => ({
  step,
  loss: 2 / (step / 500 + 1),
  accuracy: 1 - 1 / (step / 500 + 2),
})

async function fill(store: RunStore): Promise<void> {
  for (let i = 0; i < RUNS; i++) {
    const id = await store.start(runNumbered(i))
    const epochs = Array.from({ length: EPOCHS }, (_, epoch) => epochNumbered(epoch, i))
    const steps = Array.from({ length: i < 60 ? 1000 : 0 }, (_, step) => stepNumbered(10 * step))
    await store.record(id, { epochs, steps, happenings: [] })
    if (i % 10 === 0) await store.tag(id, 'baseline')
    const test = { loss: 0.3 + 0.01 * (i % 40), accuracy: 0.9 - 0.003 * (i % 40) }
    await store.end(id, { status: 'finished', text: '', seconds: 12 + i, test })
  }
}

/** Runs that record 25 steps and an epoch every second, as long as the page is measured. */
async function record(store: RunStore, isOver: () => boolean): Promise<void> {
  const ids: string[] = []
  for (let i = 0; i < LIVE; i++) ids.push(await store.start(runNumbered(RUNS + i)))
  for (let second = 0; second < LIVE_SECONDS && !isOver(); second++) {
    for (const [i, id] of ids.entries()) {
      const steps = Array.from({ length: 25 }, (_, k) => stepNumbered(100 * second + 4 * k))
      await store.record(id, { epochs: [epochNumbered(second, i)], steps, happenings: [] })
    }
    await new Promise(resolve => setTimeout(resolve, 1000))
  }
}

interface Told {
  readonly eventMs: number[]
  readonly longTasksMs: number[]
}

/** The longest time from an input to the frame that shows it, and tasks above 50 ms, while `work` is done. */
async function interaction(
  page: Page,
  work: () => Promise<unknown>,
): Promise<{ eventMs: number; longTaskMs: number }> {
  await page.evaluate('told.eventMs = []; told.longTasksMs = []')
  await work()
  await page.waitForTimeout(700)
  const told = (await page.evaluate('told')) as Told
  return { eventMs: Math.max(0, ...told.eventMs), longTaskMs: Math.max(0, ...told.longTasksMs) }
}

const observers = `
globalThis.told = { eventMs: [], longTasksMs: [] }
const watch = (type, use) => new PerformanceObserver(list => list.getEntries().forEach(use)).observe({ type, buffered: true, durationThreshold: 16 })
watch('event', entry => entry.interactionId && told.eventMs.push(entry.duration))
watch('longtask', entry => told.longTasksMs.push(Math.round(entry.duration)))`

async function measure(url: string, runs: string) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  })
  const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } })
  await page.addInitScript(observers)
  await page.request.get(url)
  const started = performance.now()
  await page.goto(new URL('/runs', url).href)
  await page.getByText(`${runs} runs`).waitFor()
  const loadMs = Math.round(performance.now() - started)
  await page.waitForTimeout(1500)
  const search = page.getByRole('searchbox')
  const group = page.getByRole('checkbox', { name: 'Group seeds' })
  const interactions = {
    type: await interaction(page, async () => {
      await search.click()
      await page.keyboard.type('wide experiment-3', { delay: 60 })
    }),
    clear: await interaction(page, () => search.fill('')),
    sort: await interaction(page, () => page.getByRole('button', { name: 'Test accuracy' }).click()),
    group: await interaction(page, () => group.click()),
    ungroup: await interaction(page, () => group.click()),
    choose: await interaction(page, () => page.locator('tbody input').nth(3).click()),
    smooth: await interaction(page, async () => {
      await page.getByRole('slider').focus()
      for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight')
    }),
    open: await interaction(page, () => page.locator('tbody a').nth(2).click()),
  }
  await browser.close()
  return { loadMs, interactions }
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-bench-studio-'))
  const root = fileURLToPath(new URL('..', import.meta.url))
  const store = await openStore(join(folder, '.heddle'))
  await fill(store)
  const server = spawn(
    process.execPath,
    [join(root, 'bin/heddle.js'), 'studio', '--no-open', '--port', '0'],
    {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const url = await new Promise<string>(resolve =>
    server.stdout.once('data', text => resolve(String(text).trim())),
  )
  const still = await measure(url, count(RUNS))
  let isOver = false
  const recording = record(store, () => isOver)
  await new Promise(resolve => setTimeout(resolve, 5000))
  const live = await measure(url, count(RUNS + LIVE))
  isOver = true
  await recording
  server.kill('SIGINT')
  await new Promise(resolve => server.on('close', resolve))
  await store.close()
  rmSync(folder, { recursive: true })
  const assets = join(root, 'build/studio/assets')
  const sizes = readdirSync(assets).map(file => gzipSync(readFileSync(join(assets, file))).length)
  const result = {
    ...thisBuild(),
    load: loadavg()[0],
    appBytesCompressed: sizes.reduce((sum, size) => sum + size, 0),
    [`runs: ${RUNS}`]: still,
    [`runs: ${RUNS}, live: ${LIVE}`]: live,
  }
  writeFileSync(join(root, 'bench/results/studio.json'), `${JSON.stringify(result, null, 2)}\n`)
  console.log(JSON.stringify(result, null, 2))
}

await main()
