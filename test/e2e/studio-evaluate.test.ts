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

const experiment = {
  kind: 'experiment',
  name: 'first',
  data: { kind: 'fashionMnistMini' },
  models: {
    conv: {
      kind: 'model',
      nodes: [
        {
          name: 'conv2d',
          layer: { kind: 'conv2d', filters: 8, kernelSize: 3, activation: 'relu' },
          inputs: ['input'],
        },
        { name: 'pool', layer: { kind: 'maxPooling2d' }, inputs: ['conv2d'] },
        { name: 'flatten', layer: { kind: 'flatten' }, inputs: ['pool'] },
        { name: 'dense', layer: { kind: 'dense', units: 10, activation: 'softmax' }, inputs: ['flatten'] },
      ],
    },
  },
  train: { kind: 'train', optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', epochs: 2 },
}

interface Evaluation {
  readonly accuracy: number
  readonly classNames: readonly string[]
  readonly confusion: readonly (readonly number[])[]
  readonly hardest: readonly { readonly index: number; readonly label: number; readonly predicted: number }[]
  readonly report: { readonly classes: readonly { readonly name: string; readonly recall: number }[] }
}

if (chromiumPath === null) test.skip(`an evaluation in a browser: ${noChromium}`)
else
  describe('an evaluation in a browser', () => {
    const folder = temporaryFolder()
    const errors: string[] = []
    let studio: RunningStudio
    let browser: Browser
    let page: Page
    let evaluation: Evaluation

    beforeAll(async () => {
      writeFileSync(join(folder.path, 'first.json'), JSON.stringify(experiment))
      ;[studio, browser] = await Promise.all([studioIn(folder.path), launch()])
      page = await browser.newPage()
      page.on('pageerror', error => errors.push(error.message))
      page.on('console', message => message.type() === 'error' && errors.push(message.text()))
    }, 60_000)

    afterAll(async () => {
      await browser?.close()
      await studio?.end()
      folder.remove()
    })

    test('its numbers are those of heddle evaluate', async () => {
      await page.goto(`${studio.url}evaluate`)
      await page.getByRole('heading', { name: 'There is no tested network to evaluate yet' }).waitFor()
      expect((await heddle(['run', 'first.json'], { cwd: folder.path })).code).toBe(0)
      await page.getByRole('heading', { name: 'Confusion' }).waitFor()
      const { stdout } = await heddle(['evaluate', 'last', '--no-robustness', '--json'], { cwd: folder.path })
      evaluation = JSON.parse(stdout)
      await page
        .getByText(`${(100 * evaluation.accuracy).toFixed(2)} %`, { exact: true })
        .first()
        .waitFor()
      const { classNames, confusion, report } = evaluation
      for (const [i, j] of [
        [6, 0],
        [4, 4],
        [2, 8],
      ] as const) {
        await page
          .getByRole('button', { name: `${classNames[i]} taken for ${classNames[j]}: ${confusion[i]![j]}` })
          .waitFor()
      }
      const coat = report.classes.find(({ name }) => name === 'Coat')!
      const row = page.getByRole('row', { name: /^Coat 50/ }).last()
      expect(await row.textContent()).toContain(`${(100 * coat.recall).toFixed(1)} %`)
      await page.getByRole('combobox', { name: 'Numbers' }).selectOption('row')
      const cell = page.getByRole('button', { name: /^Coat taken for Coat:/ })
      expect(Number(await cell.textContent())).toBeCloseTo(100 * coat.recall, 1)
    }, 60_000)

    test('a cell shows its images, no cell the hardest ones first', async () => {
      const { classNames, confusion, hardest } = evaluation
      const wall = page.getByRole('list', { name: 'Test images' }).getByRole('button')
      const first = hardest[0]!
      expect(await wall.first().getAttribute('aria-label')).toMatch(
        new RegExp(
          `^test ${first.index}: ${classNames[first.label]} taken for ${classNames[first.predicted]}, `,
        ),
      )
      const cells = confusion.flatMap((row, i) => row.map((count, j) => ({ i, j, count })))
      const { i, j, count } = cells.filter(cell => cell.i !== cell.j).sort((a, b) => b.count - a.count)[0]!
      const name = `${classNames[i]} taken for ${classNames[j]}`
      await page.getByRole('button', { name: `${name}: ${count}` }).click()
      await page.getByRole('heading', { name }).waitFor()
      await expect.poll(() => wall.count()).toBe(count)
      // The address is the whole choice.
      await page.reload()
      await page.getByRole('heading', { name }).waitFor()
      await expect.poll(() => wall.count()).toBe(count)
      await page.getByRole('button', { name: 'All mistakes' }).click()
      await page.getByRole('heading', { name: 'Hardest images' }).waitFor()
    }, 60_000)

    test('curves of one class come to the front', async () => {
      await page.getByRole('img', { name: /^Reliability: / }).waitFor()
      await page.getByRole('img', { name: /^ROC, class by class. Area 0\.\d+, the mean/ }).waitFor()
      await page
        .getByRole('region', { name: 'Per class' })
        .getByRole('button', { name: 'Shirt', exact: true })
        .click()
      await page.getByRole('img', { name: /^ROC, class by class. Shirt: area 0\.\d+/ }).waitFor()
      await page.getByRole('img', { name: /^Precision and recall, class by class. Shirt: area/ }).waitFor()
    }, 60_000)

    test('an image opens with probabilities, attributions, activations and its neighbours', async () => {
      const { classNames, hardest } = evaluation
      const { index, label, predicted } = hardest[0]!
      await page.getByRole('button', { name: `test ${index}:` }).click()
      const title = `test ${index}: ${classNames[label]}, taken for ${classNames[predicted]}`
      await page.getByRole('heading', { name: title }).waitFor()
      for (const method of ['Grad-CAM', 'Saliency', 'Integrated gradients', 'Occlusion'])
        await page.getByRole('img', { name: `${method} for ${classNames[predicted]}` }).waitFor()
      await page.getByRole('button', { name: new RegExp(`^${classNames[label]} `) }).click()
      await page.getByRole('img', { name: `Occlusion for ${classNames[label]}` }).waitFor()
      await page.getByRole('combobox', { name: 'Layer' }).selectOption('pool')
      await page.getByText('13 × 13 × 8, the strongest is').waitFor()
      const alike = page.getByRole('list', { name: 'Nearest neighbours' }).getByRole('button')
      await expect.poll(() => alike.count()).toBe(12)
      await page.getByRole('link', { name: 'Next' }).click()
      await page.getByRole('heading', { name: `test ${hardest[1]!.index}:` }).waitFor()
      await page.goBack()
      await page.getByRole('heading', { name: title }).waitFor()
      await alike.first().click()
      await page.getByRole('heading', { name: /^train \d+$/ }).waitFor()
      expect(errors).toEqual([])
    }, 60_000)

    test('what is not there is told', async () => {
      await page.goto(`${studio.url}evaluate?index=500`)
      await page.getByRole('alert').getByText('The test split has the images 0 to 499.').waitFor()
      await page.goto(`${studio.url}evaluate?run=nothing`)
      await page.getByRole('alert').getByText('There is no run "nothing"').waitFor()
    }, 60_000)

    test('axe finds nothing serious, and nothing is wider than a phone', async () => {
      const all = await faultsOnPhone(browser, `${studio.url}evaluate`, async narrow => {
        await narrow.getByRole('heading', { name: 'Precision and recall' }).waitFor()
      })
      const one = await faultsOnPhone(browser, `${studio.url}evaluate?index=3`, async narrow => {
        await narrow.getByRole('img', { name: /^Occlusion for/ }).waitFor()
      })
      expect([...all, ...one]).toEqual([])
    }, 90_000)
  })
