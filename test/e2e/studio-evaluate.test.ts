import { readFileSync, writeFileSync } from 'node:fs'
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
import { faintControls } from './contrast-page.ts'
import { heddle } from './heddle.ts'

const head = { kind: 'dense', units: 10, activation: 'softmax' }
const model = (...layers: readonly object[]): object => ({
  kind: 'model',
  nodes: layers.map((layer, i) => ({
    name: `layer${i}`,
    layer,
    inputs: [i === 0 ? 'input' : `layer${i - 1}`],
  })),
})

const experiment = {
  kind: 'experiment',
  name: 'two',
  data: { kind: 'fashionMnistMini' },
  models: {
    linear: model({ kind: 'flatten' }, head),
    conv: model(
      { kind: 'conv2d', filters: 8, kernelSize: 3, activation: 'relu' },
      { kind: 'maxPooling2d' },
      { kind: 'flatten' },
      head,
    ),
  },
  train: {
    kind: 'train',
    optimizer: 'adam',
    loss: 'sparseCategoricalCrossentropy',
    epochs: 3,
    validationSplit: 0.2,
  },
}

if (chromiumPath === null) test.skip(`evaluation and comparison in a browser: ${noChromium}`)
else
  describe('in a browser', () => {
    const folder = temporaryFolder()
    let studio: RunningStudio
    let browser: Browser
    let page: Page
    const errors: string[] = []
    const cwd = folder.path

    beforeAll(async () => {
      writeFileSync(join(cwd, 'two.json'), JSON.stringify(experiment))
      expect((await heddle(['run', 'two.json', '--seeds', '2'], { cwd })).code).toBe(0)
      ;[studio, browser] = await Promise.all([studioIn(cwd), launch()])
      page = await (
        await studio.signIn(await browser.newContext({ viewport: { width: 1400, height: 1000 } }))
      ).newPage()
      page.on('pageerror', error => errors.push(error.message))
      page.on('console', message => message.type() === 'error' && errors.push(message.text()))
    }, 60_000)

    afterAll(async () => {
      await browser?.close()
      await studio?.end()
      folder.remove()
    })

    test('a network is evaluated: the numbers are those of heddle evaluate', async () => {
      await page.goto(studio.url)
      await page.locator('tbody tr', { hasText: 'conv' }).getByRole('link').first().click()
      await page.locator('.run-title').getByRole('link', { name: 'Evaluate' }).click()
      await page.getByText('95 % interval').waitFor({ timeout: 30_000 })
      const id = new URL(page.url()).pathname.split('/')[2]!
      const said = await heddle(['evaluate', id, '--no-robustness', '--json'], { cwd })
      const { accuracy, confusion } = JSON.parse(said.stdout)
      await page
        .locator('.facts div', { hasText: 'Accuracy' })
        .getByText(`${(100 * accuracy).toFixed(2)} %`)
        .waitFor()
      const cell = page.getByRole('button', { name: 'T-shirt/top taken for T-shirt/top:' })
      expect(await cell.textContent()).toBe(String(confusion[0][0]))
      await page.getByRole('img', { name: /^Reliability/ }).waitFor()
      await page.getByRole('img', { name: /^ROC; areas: T-shirt\/top 0\.9/ }).waitFor()
    }, 60_000)

    test('a click on a cell shows its images, and each opens with the evidence for its class', async () => {
      const cell = page.locator('.confusion button:enabled', { hasText: /^[1-9]/ }).nth(1)
      const [, count] = /: (\d+)$/.exec((await cell.getAttribute('aria-label'))!)!
      await cell.click()
      await page.getByText(`${count} image`, { exact: false }).first().waitFor()
      await page
        .locator('.test-images canvas')
        .nth(Number(count) - 1)
        .waitFor()
      await page.locator('.test-images button').first().click()
      const image = page.getByRole('dialog')
      await image.getByRole('img', { name: /^Grad-CAM: the evidence for/ }).waitFor({ timeout: 30_000 })
      for (const method of ['Saliency', 'Integrated gradients', 'Occlusion']) {
        await image.getByRole('img', { name: new RegExp(`^${method}`) }).waitFor()
      }
      await image
        .getByRole('img', { name: /^Training image \d+:/ })
        .nth(7)
        .waitFor({ timeout: 30_000 })
      await image.getByRole('button', { name: /^Bag/ }).click()
      await image.getByRole('img', { name: /adds to Bag, or takes/ }).waitFor()
      await image.getByText('Outputs of the layers').click()
      await image.getByRole('img', { name: 'Channel 7 of layer0' }).waitFor()
      await image.getByRole('combobox', { name: 'Beside it' }).selectOption({ index: 1 })
      await image.getByRole('region', { name: /^(conv|linear), seed \d$/ }).waitFor({ timeout: 30_000 })
      // The address is enough to come back.
      await page.reload()
      await image.getByRole('heading', { name: /^Test image \d+/ }).waitFor({ timeout: 30_000 })
      await page.keyboard.press('Escape')
      await expect.poll(() => page.url()).not.toContain('image=')
    }, 90_000)

    test('Back leads from an image to its cell, from a cell to the hardest, and from a part of the data to its images', async () => {
      const start = new URL(page.url()).pathname
      await page.goto(new URL(start, page.url()).href)
      const cell = page.locator('.confusion button:enabled', { hasText: /^[1-9]/ }).nth(1)
      await cell.click()
      await page.locator('.confusion button[aria-pressed="true"]').waitFor()
      await page.locator('.test-images button').first().click()
      await page.getByRole('dialog').waitFor()
      await page.goBack()
      await page.getByRole('dialog').waitFor({ state: 'hidden' })
      expect(await page.locator('.confusion button[aria-pressed="true"]').count()).toBe(1)
      expect(await faintControls(page)).toEqual([])
      await page.goBack()
      await expect.poll(() => page.locator('.confusion button[aria-pressed="true"]').count()).toBe(0)
      expect(new URL(page.url()).search).toBe('')
      await page.goForward()
      await page.goForward()
      await page.getByRole('dialog').waitFor()
      await page.goto(`${studio.url}data`)
      const current = page.getByRole('navigation', { name: 'Parts of the page' }).locator('[aria-current]')
      const first = await current.textContent()
      await page.getByRole('navigation', { name: 'Parts of the page' }).getByRole('link').nth(1).click()
      await expect.poll(() => current.textContent()).not.toBe(first)
      await page.goBack()
      await expect.poll(() => current.textContent()).toBe(first)
      expect(await faintControls(page)).toEqual([])
      await page.goto(new URL(start, page.url()).href)
      await cell.waitFor()
    }, 90_000)

    /** What the menu of a figure saves. */
    const saved = async (title: string, kind: string): Promise<string> => {
      await page.locator(`summary[aria-label="Copy or save the chart ${title}"]`).click()
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: kind }).locator('visible=true').click(),
      ])
      return readFileSync(await file.path(), 'utf8')
    }

    test('shares instead of counts, a class that stands out, and spoilt images', async () => {
      const numbers = (await saved('Confusion matrix', 'Save the numbers as CSV')).trim().split('\n')
      expect(numbers[0]).toBe('series,prediction,label,value')
      expect(numbers.slice(1).reduce((sum, row) => sum + Number(row.split(',').at(-1)), 0)).toBe(500)
      expect(await saved('Confusion matrix', 'Save as SVG')).toMatch(/^<svg [\s\S]*Ankle boot/)
      await page.getByRole('radio', { name: '% of the label' }).check()
      expect(await page.locator('.confusion button:enabled').first().textContent()).toMatch(/^\d+\.\d$/)
      await page.locator('tbody').getByRole('button', { name: 'Shirt', exact: true }).click()
      // The legend of the curves has a button for each class, too.
      await page.locator('tbody').getByRole('button', { name: 'Shirt', exact: true, pressed: true }).waitFor()
      await page.getByRole('button', { name: 'Shift, turn, blur' }).click()
      await page.getByRole('img', { name: /^Accuracy under rotation/ }).waitFor({ timeout: 60_000 })
    }, 90_000)

    test('a map of the images is computed; keys, classes and a lasso choose points in it', async () => {
      await page.getByRole('link', { name: 'Map of the images' }).click()
      await page.getByRole('radio', { name: 'PCA' }).check()
      await page.getByRole('button', { name: 'Draw the map' }).click()
      const map = page.getByRole('application', { name: 'A map of 500 images.' })
      await map.waitFor({ timeout: 60_000 })
      await map.focus()
      // Zoomed out, a box around the middle has all points.
      for (let n = 0; n < 5; n++) await page.keyboard.press('-')
      for (const key of ['ArrowLeft', 'ArrowUp']) for (let n = 0; n < 6; n++) await page.keyboard.press(key)
      for (const key of ['Shift+ArrowRight', 'Shift+ArrowDown'])
        for (let n = 0; n < 12; n++) await page.keyboard.press(key)
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: '500 images chosen' }).waitFor()
      await page.getByRole('combobox', { name: 'Label' }).selectOption('Shirt')
      await page.getByRole('button', { name: 'Choose', exact: true }).click()
      await page.getByRole('heading', { name: '50 images chosen' }).waitFor()
      await page.getByText(/Most frequent label: Shirt \(50\)/).waitFor()
      await page.getByRole('button', { name: 'Clear' }).click()
      await page.getByRole('button', { name: 'All', exact: true }).click()
      // A lasso around the whole map.
      const box = (await map.locator('canvas').boundingBox())!
      await page.mouse.move(box.x + 2, box.y + 2)
      await page.mouse.down()
      await page.mouse.move(box.x + box.width - 2, box.y + 2)
      await page.mouse.move(box.x + box.width - 2, box.y + box.height - 2)
      await page.mouse.move(box.x + 2, box.y + box.height - 2)
      await page.mouse.up()
      await page.getByRole('heading', { name: '500 images chosen' }).waitFor()
      // The menu of the browser begins no drag, and chooses nothing.
      await page.mouse.click(box.x + 2, box.y + 2, { button: 'right' })
      await page.locator('.chosen-images .test-images button').first().click()
      await page
        .getByRole('dialog')
        .getByRole('heading', { name: 'Test image 0' })
        .waitFor({ timeout: 30_000 })
      await page.keyboard.press('Escape')
      await page.getByRole('heading', { name: '500 images chosen' }).waitFor()
      // The map is kept.
      await page.reload()
      await map.waitFor()
      const path = `${new URL(page.url()).pathname.slice(1)}?show=map&method=pca`
      const faults = await faultsOnPhone(browser, studio, path, async narrow => {
        await narrow.getByRole('combobox', { name: 'Label' }).selectOption('Bag')
        await narrow.getByRole('button', { name: 'Choose', exact: true }).click()
        await narrow.locator('.chosen-images canvas').first().waitFor()
      })
      expect(faults).toEqual([])
    }, 120_000)

    test('models are compared over their seeds, with the words of heddle compare', async () => {
      await page.goto(`${studio.url}compare`)
      await page.getByText('Choose two models or more').waitFor()
      await page.getByRole('checkbox', { name: 'two / linear' }).check()
      await page.getByRole('checkbox', { name: 'two / conv' }).check()
      await page.getByRole('button', { name: 'Compare', exact: true }).click()
      await page.locator('.verdict').waitFor({ timeout: 30_000 })
      const runs = new URL(page.url()).searchParams.get('runs')!.split(',')
      const said = await heddle(['compare', ...runs, '--json'], { cwd })
      const { pairs } = JSON.parse(said.stdout)
      const p = pairs[0].correctedP < 0.001 ? '< 0.001' : pairs[0].correctedP.toFixed(3)
      await page.getByRole('region', { name: 'Differences' }).getByText(p, { exact: true }).waitFor()
      await page.getByRole('img', { name: /^Accuracy over params/ }).waitFor()
      const differences = await saved(
        'Differences in accuracy, in percentage points',
        'Save the numbers as CSV',
      )
      const [{ first, second, difference, interval }] = pairs
      expect(differences).toBe(
        `series,value,low,high\n${second} against ${first},${[difference, ...interval].join()}\n`,
      )
      await page.getByRole('radio', { name: 'an image, ms' }).check()
      await page.getByRole('img', { name: /^Accuracy over latencyMs/ }).waitFor()
      await page
        .getByRole('region', { name: 'By class' })
        .getByRole('row', { name: /Ankle boot/ })
        .waitFor()
    }, 60_000)

    test('images that one gets right and the other wrong are shown, and lead to their explanation', async () => {
      const outcomes = await page.getByRole('region', { name: 'Images' }).getByRole('radio').all()
      const total = await Promise.all(
        outcomes.map(async radio =>
          Number(/: ([\d,]+)$/.exec((await radio.locator('..').textContent())!)![1]!.replace(',', '')),
        ),
      )
      expect(total.reduce((sum, n) => sum + n, 0)).toBe(500)
      await page.getByRole('radio', { name: /^both are wrong/ }).check()
      await page.locator('.test-images button').first().click()
      await page
        .getByRole('dialog')
        .getByText(/taken for/)
        .waitFor({ timeout: 30_000 })
    }, 60_000)

    test('what cannot be answered is said in words', async () => {
      await page.goto(`${studio.url}evaluate/000000000000`)
      await page.getByRole('alert').getByText('There is no run "000000000000"').waitFor()
      expect(errors.filter(text => !text.includes('status of 404'))).toEqual([])
    }, 30_000)
  })
