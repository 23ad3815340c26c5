import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  chromiumPath,
  launch,
  noChromium,
  type RunningStudio,
  studioIn,
  temporaryFolder,
} from './browser-page.ts'
import { heddle } from './heddle.ts'

const experiment = {
  kind: 'experiment',
  name: 'pages',
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

if (chromiumPath === null) test.skip(`many pages of the studio: ${noChromium}`)
else
  describe('ten pages of one browser, which has six connections for a server', () => {
    const folder = temporaryFolder()
    const cwd = folder.path
    let studio: RunningStudio
    let browser: Browser
    let context: BrowserContext
    const pages: Page[] = []

    beforeAll(async () => {
      writeFileSync(join(cwd, 'pages.json'), JSON.stringify(experiment))
      expect((await heddle(['run', 'pages.json', '--seeds', '2'], { cwd })).code).toBe(0)
      ;[studio, browser] = await Promise.all([studioIn(cwd), launch()])
      context = await browser.newContext()
      context.setDefaultTimeout(20_000)
    }, 60_000)

    afterAll(async () => {
      await browser?.close()
      await studio?.end()
      folder.remove()
    })

    test('the printed address signs the browser in, and the key leaves the address', async () => {
      const page = await context.newPage()
      await page.goto(studio.printed)
      await page.getByRole('cell', { name: 'finished' }).nth(1).waitFor()
      expect(page.url()).toBe(studio.url)
      pages.push(page)
    }, 60_000)

    test('all show their run, and its curve', async () => {
      const rows = await context.request.get(`${studio.url}api/choices`)
      expect(rows.status()).toBe(200)
      const links = await pages[0]!
        .locator('tbody a')
        .evaluateAll(all => all.map(a => a.getAttribute('href')))
      const runs = [...new Set(links)]
      expect(runs.length).toBe(2)
      for (let i = 0; i < 9; i++) {
        const page = await context.newPage()
        await page.goto(new URL(runs[i % 2]!, studio.url).href)
        await page.getByRole('img', { name: /Loss over steps. Last: linear \d training 0\.\d+/ }).waitFor()
        pages.push(page)
      }
      // The table below, which is open where epochs are few, has them too.
      await pages[9]!.getByRole('cell', { name: '0.001' }).nth(1).waitFor()
    }, 120_000)

    test('what one page changes is on all of them, and a killed server is missed and found by all', async () => {
      await pages[1]!.getByRole('textbox', { name: 'New tag' }).fill('two words 👍')
      await pages[1]!.getByRole('textbox', { name: 'New tag' }).press('Enter')
      for (const i of [3, 5, 7, 9]) await pages[i]!.getByText('two words 👍').waitFor()
      const { port } = new URL(studio.url)
      await studio.end('SIGKILL')
      await Promise.all(pages.map(page => page.getByText('Reconnecting …').waitFor()))
      // A page that asks meanwhile recovers by itself.
      await pages[2]!.getByRole('link', { name: 'New run' }).first().click()
      await pages[2]!.getByRole('alert').getByText('This page could not be loaded').waitFor()
      studio = await studioIn(cwd, ['--port', port])
      await Promise.all(pages.map(page => page.getByText('Reconnecting …').waitFor({ state: 'hidden' })))
      await pages[2]!.getByRole('button', { name: 'Start', exact: true }).waitFor()
    }, 120_000)
  })
