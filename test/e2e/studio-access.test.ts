import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faultsInBoth, PHONE } from './axe-page.ts'
import {
  chromiumPath,
  launch,
  noChromium,
  type RunningStudio,
  studioIn,
  temporaryFolder,
} from './browser-page.ts'
import { heddle } from './heddle.ts'

/** Opens something of a page; what it leaves open is looked at with the page. */
type Opened = (page: Page) => Promise<unknown>

const summary =
  (text: string): Opened =>
  page =>
    page.locator('summary', { hasText: text }).first().click()
const menu: Opened = page => page.locator('main summary[aria-label^="Copy or save"]').first().click()
const press =
  (name: string): Opened =>
  page =>
    page.getByRole('button', { name, exact: true }).first().click()

/** One address of every view, and what can be open in it; `last` stands for a run's id. */
const pages: readonly (readonly [path: string, ...opened: readonly Opened[]])[] = [
  ['/runs'],
  ['/runs?group=seeds', page => page.locator('.controls summary').click()],
  ['/runs/last', summary('Log'), summary('layer'), summary('Options'), menu],
  ['/runs/last/diff/last'],
  ['/search'],
  ['/new', press('more …'), summary('More options')],
  ['/model', summary('As text'), menu],
  ['/evaluate', summary('warning'), menu],
  ['/evaluate/last?image=3', page => page.locator('.neighbours canvas').first().waitFor()],
  ['/compare', page => page.getByRole('checkbox').first().check()],
  ['/pictures'],
  ['/data', menu],
  ['/data/fashion-mnist-mini?index=12', page => page.locator('.image-large canvas').waitFor()],
  [
    '/data/fashion-mnist-mini?show=augmentation&augment=cutout:8',
    page => page.locator('.versions canvas').first().waitFor(),
  ],
  ['/data/fashion-mnist-mini?show=audit'],
  ['/data/fashion-mnist-mini?show=corrections'],
  ['/try', page => page.getByRole('application').waitFor()],
  ['/nowhere'],
]

/** Adds up in the page how far things moved that nobody had touched, as the web vital CLS does. */
const watchShifts = `
  globalThis.shifted = 0
  new PerformanceObserver(list => {
    for (const { hadRecentInput, value } of list.getEntries()) if (!hadRecentInput) shifted += value
  }).observe({ type: 'layout-shift', buffered: true })`

const small = {
  kind: 'experiment',
  name: 'small',
  data: { kind: 'fashionMnistMini' },
  models: {
    linear: {
      kind: 'model',
      nodes: [
        { name: 'flatten', layer: { kind: 'flatten' }, inputs: ['input'] },
        { name: 'dense', layer: { kind: 'dense', units: 10, activation: 'softmax' }, inputs: ['flatten'] },
      ],
    },
  },
  train: { kind: 'train', optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', epochs: 2 },
}

if (chromiumPath === null) test.skip(`every page of the studio for everybody: ${noChromium}`)
else
  describe('every page of the studio for everybody', () => {
    const folder = temporaryFolder()
    let studio: RunningStudio
    let browser: Browser
    let last: string
    const contexts = {} as Record<'light' | 'dark', BrowserContext>

    beforeAll(async () => {
      writeFileSync(join(folder.path, 'small.json'), JSON.stringify(small))
      expect((await heddle(['run', 'small.json', '--seeds', '2'], { cwd: folder.path })).code).toBe(0)
      last = JSON.parse((await heddle(['runs', 'ls', '--json'], { cwd: folder.path })).stdout)[0].id
      ;[studio, browser] = await Promise.all([studioIn(folder.path), launch()])
      // Code that the browser has read once need not be read again for each page.
      for (const colorScheme of ['light', 'dark'] as const) {
        const context = await studio.signIn(await browser.newContext({ ...PHONE, colorScheme }))
        context.setDefaultTimeout(30_000)
        await context.addInitScript(watchShifts)
        contexts[colorScheme] = context
      }
    }, 60_000)

    afterAll(async () => {
      await browser?.close()
      await studio?.end()
      folder.remove()
    })

    test.each(pages.map(([path, ...opened], i) => [path, i % 2 === 0 ? 'light' : 'dark', opened] as const))(
      '%s: axe finds nothing serious in %s and the other theme, also where something is open, nothing is wider than a phone, and nothing jumps',
      async (path, colorScheme, opened) => {
        const page = await contexts[colorScheme].newPage()
        await page.goto(new URL(path.replaceAll('last', last), studio.url).href)
        await page.locator('main :is(h1, h2)').first().waitFor()
        for (const open of opened) await open(page)
        expect(await faultsInBoth(page, colorScheme)).toEqual([])
        // Of 1, without what follows a click; people notice from 0.1 on.
        expect(await page.evaluate('shifted')).toBeLessThan(0.05)
        await page.close()
      },
      60_000,
    )
  })
