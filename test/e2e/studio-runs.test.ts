import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faultsOfOpen } from './axe-page.ts'
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
  name: 'two',
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
  train: {
    kind: 'train',
    optimizer: 'adam',
    loss: 'sparseCategoricalCrossentropy',
    epochs: 1,
    validationSplit: 0.2,
  },
}

if (chromiumPath === null) test.skip(`runs as things in a browser: ${noChromium}`)
else
  describe('runs as things, in a browser', () => {
    const folder = temporaryFolder()
    const cwd = folder.path
    let studio: RunningStudio
    let browser: Browser
    let page: Page
    let other: Page
    const errors: string[] = []
    const runs = (text: string) => page.getByText(text, { exact: true }).first().waitFor()
    const search = () => page.getByRole('searchbox', { name: 'Filter runs' })
    const box = (seed: number) => page.getByRole('checkbox', { name: `two linear ${seed}`, exact: false })

    beforeAll(async () => {
      writeFileSync(join(cwd, 'two.json'), JSON.stringify(experiment))
      expect((await heddle(['run', 'two.json', '--seeds', '4'], { cwd })).code).toBe(0)
      ;[studio, browser] = await Promise.all([studioIn(cwd), launch()])
      const context = await studio.signIn(
        await browser.newContext({ viewport: { width: 1400, height: 1000 } }),
      )
      ;[page, other] = [await context.newPage(), await context.newPage()]
      page.on('pageerror', error => errors.push(error.message))
      page.on('console', message => message.type() === 'error' && errors.push(message.text()))
    }, 60_000)

    afterAll(async () => {
      await browser?.close()
      await studio?.end()
      folder.remove()
    })

    test('a filter finds runs as it does on the command line; a fault points at its word', async () => {
      await page.goto(`${studio.url}runs`)
      await runs('4 runs')
      const filter = 'model = linear and (seed = 2 or seed > 3) and started > yesterday'
      await search().fill(filter)
      await runs('2 runs')
      const { stdout } = await heddle(['runs', 'ls', '--where', filter, '--json'], { cwd })
      expect(
        JSON.parse(stdout)
          .map((run: { seed: number }) => run.seed)
          .sort(),
      ).toEqual([2, 4])
      await search().fill('valAcuracy > 0.9')
      const fault = page.getByRole('alert')
      await fault.getByText('Did you mean "valAccuracy"?').waitFor()
      expect(await fault.locator('mark').textContent()).toBe('valAcuracy')
      const refused = await heddle(['runs', 'ls', '--where', 'seed = 1 and sed = 2'], { cwd })
      expect([refused.code, refused.stderr]).toEqual([
        2,
        'heddle: --where: Runs have no "sed". Did you mean "seed"?\n  seed = 1 and sed = 2\n               ^^^\n',
      ])
      await search().fill('tag:nothing')
      await page.getByRole('heading', { name: 'No run is like that' }).waitFor()
      await page.getByRole('button', { name: 'Show all' }).click()
      await runs('4 runs')
      expect(await page.locator('td.best').count()).toBeGreaterThan(0)
    }, 60_000)

    test('a range is chosen with Shift, tagged, put into the bin, and taken back; another tab sees it', async () => {
      await other.goto(`${studio.url}runs`)
      await other.getByText('4 runs', { exact: true }).waitFor()
      await page.getByRole('button', { name: 'Seed', exact: true }).click()
      await box(2).click()
      await box(4).click({ modifiers: ['Shift'] })
      await page.getByText('3 chosen').waitFor()
      await page.getByRole('button', { name: 'Tag', exact: true }).click()
      await page.getByRole('textbox', { name: 'Tag for all chosen runs' }).fill('très bien 👍')
      await page.keyboard.press('Enter')
      await page.getByRole('cell', { name: 'très bien 👍' }).nth(2).waitFor()
      await page.getByRole('button', { name: 'Delete', exact: true }).click()
      await runs('1 run')
      await other.getByText('1 run', { exact: true }).waitFor()
      await page.getByRole('button', { name: 'Undo' }).last().click()
      await other.getByText('4 runs', { exact: true }).waitFor()
      await runs('4 runs')
    }, 60_000)

    test('runs are points over what they were trained with, and a limit on an axis shortens the list', async () => {
      await page.goto(`${studio.url}runs?charts=scatter&across=seed`)
      await page.getByRole('img', { name: 'Val accuracy over Seed, 4 runs.' }).waitFor()
      await page.getByRole('radio', { name: 'Parallel' }).check()
      await page
        .getByRole('img', { name: /^4 runs over .*Val accuracy/ })
        .first()
        .waitFor()
      await page.locator('summary', { hasText: 'Axes' }).click()
      await page.getByRole('checkbox', { name: 'Seed', exact: true }).check()
      await page.locator('summary', { hasText: 'Limit the runs that are listed' }).click()
      await page.getByRole('spinbutton', { name: 'Seed from' }).fill('3')
      await runs('2 runs')
      await page.getByText('These runs do not differ in any option.', { exact: false }).waitFor()
      await page.getByRole('button', { name: 'Without limits' }).click()
      await runs('4 runs')
    }, 60_000)

    test('keys do what buttons do: choose, archive; the palette and the list of keys show them', async () => {
      await page.goto(`${studio.url}runs?sort=seed&down=0`)
      await runs('4 runs')
      await page.keyboard.press('j')
      await page.keyboard.press('x')
      await page.getByText('1 chosen').waitFor()
      await page.keyboard.press('e')
      await runs('3 runs')
      await page.keyboard.press('?')
      await page.getByRole('dialog', { name: 'Keys' }).getByText('Next run').waitFor()
      await page.keyboard.press('Escape')
      await page.keyboard.press('Control+k')
      await page.keyboard.type('go data')
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'Data' }).waitFor()
      await page.keyboard.press('g')
      await page.keyboard.press('r')
      await runs('3 runs')
      await page.goto(`${studio.url}runs?in=archive`)
      await runs('1 run')
      await box(1).click()
      await page.getByRole('button', { name: 'Delete', exact: true }).click()
      await page.goto(`${studio.url}runs?in=bin`)
      await runs('1 run')
      await page.getByRole('button', { name: 'Empty the bin' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Remove for good' }).click()
      await page.getByText('1 run removed').waitFor()
      const { stdout } = await heddle(['runs', 'ls', '--json'], { cwd })
      expect(JSON.parse(stdout)).toHaveLength(3)
    }, 60_000)

    test('a view is saved for all, with its filter, columns and colours', async () => {
      await page.goto(`${studio.url}runs?filter=seed+%3E+2&heat=1&pin=model`)
      await runs('2 runs')
      expect(await page.locator('td[data-heat="true"]').count()).toBeGreaterThan(0)
      expect(await page.locator('thead th').nth(1).textContent()).toContain('Model')
      await page.locator('summary', { hasText: 'Views' }).click()
      await page.getByRole('textbox', { name: 'Name of the view' }).fill('late seeds')
      await page.getByRole('button', { name: 'Save', exact: true }).click()
      await page.locator('summary', { hasText: 'View: late seeds' }).waitFor()
      await other.locator('summary', { hasText: 'Views' }).click()
      await other.getByRole('button', { name: 'late seeds', exact: true }).click()
      await other.getByText('2 runs', { exact: true }).waitFor()
      expect(await other.title()).toBe('Runs · Heddle')
    }, 60_000)

    test('figures and a report of chosen runs are the files of the command line', async () => {
      await page.goto(`${studio.url}runs`)
      await runs('3 runs')
      await page.keyboard.press('*')
      await page.keyboard.press('a')
      await page.getByText('3 chosen').waitFor()
      const listed = await heddle(['runs', 'ls', '--json'], { cwd })
      const ids = JSON.parse(listed.stdout).map(({ id }: { id: string }) => id)
      await page.getByRole('button', { name: 'Figures and report' }).click()
      const dialog = page.getByRole('dialog', { name: 'Figures and report' })
      const download = async (name: string): Promise<Record<string, Uint8Array>> => {
        const link = dialog.getByRole('link', { name: `Download ${name}` })
        await link.waitFor({ timeout: 60_000 })
        const [file] = await Promise.all([page.waitForEvent('download'), link.click()])
        return unzipSync(readFileSync(await file.path()))
      }
      await dialog.getByRole('checkbox', { name: 'PNG' }).uncheck()
      await dialog.getByRole('checkbox', { name: 'PDF' }).uncheck()
      await dialog.getByRole('button', { name: 'Make the figures' }).click()
      const figures = await download('figures.zip')
      const out = join(cwd, 'figures')
      const said = ['figures', ...ids, '--format', 'svg', '--no-robustness', '--out', out]
      expect((await heddle(said, { cwd })).code).toBe(0)
      expect(Object.keys(figures).sort()).toEqual(readdirSync(out).sort())
      for (const name of ['curves.svg', 'curves.csv', 'confusion-linear.svg'])
        expect(Buffer.from(figures[name]!).equals(readFileSync(join(out, name))), name).toBe(true)
      await dialog.getByRole('radio', { name: 'Report' }).check()
      await dialog.getByRole('checkbox', { name: 'PDF' }).uncheck()
      await dialog.getByRole('checkbox', { name: 'Markdown' }).uncheck()
      await dialog.getByRole('textbox', { name: 'Author' }).fill('A. Student')
      await dialog
        .getByRole('textbox', { name: /^Your own words/ })
        .fill('# Introduction\n\nWhy <b>this</b>?')
      const rubric = dialog.getByLabel(/^A course’s own rubric/)
      const course = (text: string) => ({
        ...{ name: 'course.json', mimeType: 'application/json' },
        buffer: Buffer.from(text),
      })
      await rubric.setInputFiles(course('{'))
      await dialog.getByText('course.json is not JSON').waitFor()
      await rubric.setInputFiles(course('{"words": 3}'))
      await dialog.getByText('course.json is not JSON').waitFor({ state: 'detached' })
      await dialog.getByRole('button', { name: 'Write the report' }).click()
      await dialog.getByRole('button', { name: 'Stop' }).waitFor()
      // A page that is loaded again finds what it has asked for.
      await page.reload()
      await page.getByRole('button', { name: 'Figures and report' }).click()
      const report = await download('report.zip')
      expect(Object.keys(report)).toEqual(['report.html'])
      const html = Buffer.from(report['report.html']!).toString()
      expect(html).toContain('A. Student')
      expect(html).toContain('Why &lt;b&gt;this&lt;/b&gt;?')
      await dialog.getByText(/at least 3 words of your own under “Discussion”/).waitFor()
      const remove = dialog.getByRole('button', { name: 'Remove' })
      expect(await remove.count()).toBe(2)
      for (let n = 0; n < 2; n++) await remove.first().click()
      await remove.waitFor({ state: 'detached' })
      await page.keyboard.press('Escape')
    }, 120_000)

    test('axe finds nothing in what opens over the list, and all of it can be read in every state', async () => {
      const context = await studio.signIn(await browser.newContext({ bypassCSP: true }))
      const list = await context.newPage()
      // A single chart: it is drawn again whenever the theme changes.
      await list.goto(`${studio.url}runs?select=*&without=accuracy`)
      await list.getByText(/^\d chosen$/).waitFor()
      const summary = (text: string) => list.locator('summary', { hasText: text }).click()
      const press = (name: string) => list.getByRole('button', { name, exact: true }).click()
      const opened: Readonly<Record<string, () => Promise<void>>> = {
        '.column-choice': () => summary('Columns'),
        'figcaption .menu-body': () => list.locator('figcaption summary').first().click(),
        '.filter-field .menu-body': () => list.locator('.filter-field summary').click(),
        '.palette': () => list.keyboard.press('Control+k'),
        '.key-list': () => list.keyboard.press('?'),
        '.publish': async () => {
          await press('Figures and report')
          await list.getByRole('radio', { name: 'Report' }).check()
        },
        '.notices': () => press('Archive'),
      }
      const faults: string[] = []
      for (const [selector, open] of Object.entries(opened)) {
        await open()
        await list.locator(selector).first().waitFor()
        faults.push(...(await faultsOfOpen(list, selector)))
        if (await list.locator('dialog[open], .menu[open]').count()) await list.keyboard.press('Escape')
      }
      expect(faults).toEqual([])
      await list.getByRole('button', { name: 'Undo' }).click()
      await list.getByText('0 runs', { exact: true }).waitFor({ state: 'detached' })
      await context.close()
    }, 120_000)

    test('from a cell to labels by keys, to a training, to before and after on the same test images', async () => {
      await page.goto(`${studio.url}evaluate`)
      await page.getByText('95 % interval').waitFor({ timeout: 30_000 })
      await page
        .locator('.confusion button:enabled', { hasText: /^[3-9]$/ })
        .first()
        .click()
      await page.locator('.test-images button').first().click()
      const image = page.getByRole('dialog', { name: /^Test image/ })
      await image.getByText(/^1 of \d$/).waitFor()
      await page.keyboard.press('ArrowRight')
      await image.getByText(/^2 of \d$/).waitFor()
      await page.keyboard.press('ArrowLeft')
      await image.getByText(/^1 of \d$/).waitFor()
      // Two labels, two keys: the next image comes by itself.
      await page.keyboard.press('8')
      await image.getByText(/^2 of \d$/).waitFor()
      await page.keyboard.press('8')
      await image.getByText(/^3 of \d$/).waitFor()
      await page.keyboard.press('Escape')
      await page.getByText('2 labels corrected.').waitFor()
      await page.getByRole('link', { name: 'Train again with them' }).click()
      await page.getByRole('heading', { name: 'test: 2 labels' }).waitFor()
      await page.getByText('3 seeds: 2, 3, 4').waitFor()
      await page.getByRole('button', { name: 'Train with 2 corrections' }).click()
      await page.getByRole('link', { name: 'Compare before and after' }).click({ timeout: 60_000 })
      await page.locator('.verdict').waitFor({ timeout: 60_000 })
      await page
        .getByText('all models are judged by the corrected labels', { exact: false })
        .first()
        .waitFor()
    }, 120_000)

    test('the page and its policy never complain', () => expect(errors).toEqual([]))
  })
