import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
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

/** One address of every view; `last` stands for a run's id. */
const pages = [
  '/runs',
  '/runs?group=seeds',
  '/runs/last',
  '/runs/last/diff/last',
  '/search',
  '/new',
  '/model',
  '/evaluate',
  '/evaluate/last?image=3',
  '/compare',
  '/pictures',
  '/data',
  '/data/fashion-mnist-mini?index=12',
  '/data/fashion-mnist-mini?show=augmentation&augment=cutout:8',
  '/data/fashion-mnist-mini?show=audit',
  '/data/fashion-mnist-mini?show=corrections',
  '/try',
  '/nowhere',
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

    beforeAll(async () => {
      writeFileSync(join(folder.path, 'small.json'), JSON.stringify(small))
      expect((await heddle(['run', 'small.json', '--seeds', '2'], { cwd: folder.path })).code).toBe(0)
      ;[studio, browser] = await Promise.all([studioIn(folder.path), launch()])
    }, 60_000)

    afterAll(async () => {
      await browser?.close()
      await studio?.end()
      folder.remove()
    })

    test.each(pages.map((path, i) => [path, i % 2 === 0 ? 'light' : 'dark'] as const))(
      '%s: axe finds nothing serious in %s and the other theme, nothing is wider than a phone, and nothing jumps',
      async (path, colorScheme) => {
        const context = await studio.signIn(await browser.newContext({ ...PHONE, colorScheme }))
        const page = await context.newPage()
        await page.addInitScript(watchShifts)
        await page.goto(new URL(path, studio.url).href)
        await page.locator('main :is(h1, h2)').first().waitFor()
        expect(await faultsInBoth(page, colorScheme)).toEqual([])
        // Of 1; people notice from 0.1 on.
        expect(await page.evaluate('shifted')).toBeLessThan(0.05)
        await context.close()
      },
      60_000,
    )
  })
