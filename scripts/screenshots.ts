/**
 * Opens every view of the studio and what can be open in it, over a store with runs, in light and dark, at 390, 1440 and 2560
 * pixels: takes a picture of each, and asks axe. At 1440 pixels it does so also with all controls of a page under the pointer,
 * pressed, and with the focus. Prints what axe finds and what is wider than its page.
 *
 *   node scripts/setup.mjs && npx jiti scripts/screenshots.ts OUT [--only REGEXP] [--widths 390,1440] [--themes dark] [--store DIR]
 *
 * `--plain` leaves out the states of controls, `--full` takes the whole page and not what is in the window. Without --store, it trains one in OUT/store, which is kept for the next time.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { faultsOf } from '../test/e2e/axe-page.ts'
import { launch, type RunningStudio, studioIn } from '../test/e2e/browser-page.ts'
import { type Forced, forcing } from '../test/e2e/contrast-page.ts'
import { emptyStates, type Known, type State, states } from './screenshots/states.ts'
import { beginLive, fillStore, type Listed, listed } from './screenshots/store.ts'

const HEIGHTS: Readonly<Record<string, number>> = { 390: 844, 1440: 900, 2560: 1300 }
/** Charts and pictures are drawn after their frame is there. */
const SETTLED_MS = 600
const CAMERA = ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream']
const FORCED: readonly Forced[] = ['hover', 'focus-visible', 'active']

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', default: '' },
    widths: { type: 'string', default: '390,1440,2560' },
    themes: { type: 'string', default: 'light,dark' },
    store: { type: 'string' },
    plain: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
  },
})

interface Shown {
  readonly studio: RunningStudio
  readonly known: Known
  readonly states: readonly State[]
}

const out = resolve(positionals[0] ?? 'build/screenshots')
const wanted = states.filter(({ name }) => new RegExp(values.only).test(name))
const wantedEmpty = emptyStates.filter(({ name }) => new RegExp(values.only).test(name))
let faults = 0

function report(where: string, found: readonly string[]): void {
  faults += found.length
  for (const fault of found) console.log(`${where}: ${fault}`)
}

function knownOf(runs: readonly Listed[], live: string): Known {
  const of = (test: (run: Listed) => boolean): readonly Listed[] =>
    runs.filter(run => test(run) && run.id !== live)
  const standard = of(({ model }) => model === 'standard')
  return {
    best: standard.find(({ seed }) => seed === 1)!.id,
    second: of(({ model }) => model === 'mlp')[0]!.id,
    failed: of(({ status }) => status === 'failed')[0]!.id,
    diverged: of(({ experiment, status }) => experiment === 'too-fast' && status === 'finished')[0]!.id,
    many: of(({ experiment }) => experiment === 'many-classes')[0]!.id,
    live,
    all: of(({ experiment, status }) => experiment === 'basic-vs-standard' && status === 'finished').map(
      ({ id }) => id,
    ),
  }
}

async function opened(page: Page, { studio, known }: Shown, state: State): Promise<void> {
  await state.before?.(page)
  await page.goto(new URL(state.path(known), studio.url).href)
  await page.locator('main :is(h1, h2, .skeleton, .problem)').first().waitFor()
  if (!state.before) await page.locator('.skeleton').waitFor({ state: 'detached' })
  await state.open?.(page)
  await page.waitForTimeout(SETTLED_MS)
}

async function photograph(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(out, `${name}.png`), fullPage: values.full })
}

async function visit(context: BrowserContext, shown: Shown, state: State, looks: string): Promise<void> {
  const page = await context.newPage()
  const [theme, width] = looks.split('.')
  const name = `${state.name}.${looks}`
  page.setDefaultTimeout(15_000)
  page.on('pageerror', error => report(name, [`error in the page: ${error.message}`]))
  try {
    await opened(page, shown, state)
    await photograph(page, name)
    if (values.plain) return
    report(
      name,
      await faultsOf(page, theme === 'dark' || width === '2560' ? { rules: ['color-contrast'] } : {}),
    )
    if (width === '1440') {
      const { force } = await forcing(page)
      for (const kind of FORCED) {
        await force(kind)
        if (kind !== 'active') await photograph(page, `${name}.${kind}`)
        report(`${name}, ${kind}`, await faultsOf(page, { rules: ['color-contrast'] }))
      }
    }
  } catch (error) {
    report(name, [`could not be opened: ${(error as Error).message.split('\n')[0]}`])
    await photograph(page, name).catch(() => {})
  } finally {
    await page.close()
  }
}

async function visitAll(browser: Browser, shown: Shown): Promise<void> {
  if (shown.states.length === 0) return
  for (const colorScheme of values.themes.split(',') as readonly ('light' | 'dark')[]) {
    for (const width of values.widths.split(',').map(Number)) {
      const isPhone = width < 500
      const context = await shown.studio.signIn(
        await browser.newContext({
          ...{ colorScheme, bypassCSP: true, hasTouch: isPhone, isMobile: isPhone },
          viewport: { width, height: HEIGHTS[width] ?? 900 },
          deviceScaleFactor: isPhone ? 2 : 1,
        }),
      )
      for (const state of shown.states) await visit(context, shown, state, `${colorScheme}.${width}`)
      await context.close()
    }
  }
}

mkdirSync(out, { recursive: true })
const folder = resolve(values.store ?? join(out, 'store'))
mkdirSync(folder, { recursive: true })
await fillStore(folder)
const nothing = mkdtempSync(join(tmpdir(), 'heddle-nothing-'))
const live = await beginLive(folder)
const [studio, empty, browser] = await Promise.all([studioIn(folder), studioIn(nothing), launch(CAMERA)])
const known = knownOf(await listed(folder), live.id)
await visitAll(browser, { studio, known, states: wanted })
await visitAll(browser, { studio: empty, known, states: wantedEmpty })
await browser.close()
await Promise.all([studio.end(), empty.end(), live.end()])
rmSync(nothing, { recursive: true })
console.log(`${faults} faults. The pictures are in ${out}.`)
process.exitCode = faults > 0 ? 1 : 0
