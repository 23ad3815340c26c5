import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faultsOnPhone } from './axe-page.ts'
import {
  chromiumPath,
  launch,
  noChromium,
  type RunningStudio,
  studioIn,
  temporaryFolder,
} from './browser-page.ts'
import { heddle } from './heddle.ts'

const conv = { kind: 'conv2d', filters: 4, kernelSize: 3, padding: 'same', activation: 'relu' }
const experiment = {
  kind: 'experiment',
  name: 'first',
  data: { kind: 'fashionMnistMini' },
  models: {
    residual: {
      kind: 'model',
      nodes: [
        { name: 'stem', layer: conv, inputs: ['input'] },
        { name: 'branch', layer: conv, inputs: ['stem'] },
        { name: 'sum', layer: { kind: 'add' }, inputs: ['stem', 'branch'] },
        { name: 'flatten', layer: { kind: 'flatten' }, inputs: ['sum'] },
        { name: 'head', layer: { kind: 'dense', units: 10, activation: 'softmax' }, inputs: ['flatten'] },
      ],
    },
  },
  train: { kind: 'train', optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', epochs: 1 },
}

if (chromiumPath === null) test.skip(`a model in a browser: ${noChromium}`)
else
  describe('a model in a browser', () => {
    const folder = temporaryFolder()
    const errors: string[] = []
    let studio: RunningStudio
    let browser: Browser
    let page: Page

    beforeAll(async () => {
      writeFileSync(join(folder.path, 'first.json'), JSON.stringify(experiment))
      ;[studio, browser] = await Promise.all([studioIn(folder.path), launch()])
      page = await (await studio.signIn(await browser.newContext())).newPage()
      page.on('pageerror', error => errors.push(error.message))
      page.on('console', message => message.type() === 'error' && errors.push(message.text()))
    }, 60_000)

    afterAll(async () => {
      await browser?.close()
      await studio?.end()
      folder.remove()
    })

    test('its graph with shapes and cost is that of heddle summary', async () => {
      await page.goto(`${studio.url}model`)
      await page.getByRole('heading', { name: 'There is no trained network to look into yet' }).waitFor()
      expect((await heddle(['run', 'first.json'], { cwd: folder.path })).code).toBe(0)
      await page.getByText('28 × 28 × 1 → 10 · 5 layers · 31,558 parameters').waitFor()
      const row = page.getByRole('row', { name: /^branch/ })
      expect(await row.getByRole('cell').allTextContents()).toEqual([
        'Conv2D · filters 4, kernelSize 3 × 3, padding same, activation relu',
        '28 × 28 × 4',
        '148',
        '112.9 k',
        '5 × 5',
      ])
      // Straight from layer to layer, and the shortcut around the branch.
      expect(await page.locator('.graph-lines path').count()).toBe(6)
      expect(await page.locator('.graph-lines path.around').count()).toBe(1)
      await page.getByText('As text').click()
      const { stdout } = await heddle(['summary', 'first.json'], { cwd: folder.path })
      const text = (await page.locator('.model-summary pre').textContent())!
      expect(stdout).toContain(text.split('\n').slice(1).join('\n').trim())
    }, 60_000)

    test('a layer has its options, weights, filters, and what it makes of an image', async () => {
      await page.getByRole('heading', { name: 'stem' }).waitFor()
      await page.getByRole('img', { name: /^Distribution of kernel: mean / }).waitFor()
      expect(await page.getByRole('img', { name: /^Filter \d$/ }).count()).toBe(4)
      await page.getByRole('img', { name: 'Channel 3' }).waitFor()
      await page.getByRole('button', { name: 'head' }).click()
      await page.getByRole('heading', { name: 'head' }).waitFor()
      await page.getByText('7840').or(page.getByText('10 × 3136')).first().waitFor()
      await page.getByRole('spinbutton', { name: 'Image' }).fill('7')
      await page.getByRole('img', { name: 'test 7' }).waitFor()
      await page.getByText(/^10, the strongest is 0\.\d+\.$/).waitFor()
      // The address is the whole choice.
      await page.reload()
      await page.getByRole('heading', { name: 'head' }).waitFor()
      await page.getByRole('img', { name: 'test 7' }).waitFor()
      expect(errors).toEqual([])
    }, 60_000)

    test('axe finds nothing serious, and nothing is wider than a phone', async () => {
      const faults = await faultsOnPhone(browser, studio, `model`, async narrow => {
        await narrow.getByRole('img', { name: 'Channel 3' }).waitFor()
      })
      expect(faults).toEqual([])
    }, 60_000)
  })
