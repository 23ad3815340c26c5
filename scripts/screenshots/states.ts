import type { Page, Route } from 'playwright-core'

/** Ids of the runs that states are about. */
export interface Known {
  readonly best: string
  readonly second: string
  readonly failed: string
  readonly diverged: string
  readonly many: string
  readonly live: string
  /** The runs of an experiment, all seeds. */
  readonly all: readonly string[]
}

/** A view, or something of it that is open. */
export interface State {
  readonly name: string
  readonly path: (known: Known) => string
  /** Before the page is opened. */
  readonly before?: (page: Page) => Promise<unknown>
  /** When its first heading is there. */
  readonly open?: (page: Page) => Promise<unknown>
}

const summary = (page: Page, text: string) => page.locator('summary', { hasText: text }).first().click()
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).first().click()
const text = (page: Page, said: string | RegExp) => page.getByText(said).first().waitFor()
const chart = (page: Page) => page.locator('.chart canvas').first()

/** Points into the middle of a chart, so that its numbers stand beside the pointer. */
async function point(page: Page): Promise<void> {
  const { x, y, width, height } = (await chart(page).boundingBox())!
  await page.mouse.move(x + 0.6 * width, y + 0.5 * height)
  await page.locator('.chart-tip').first().waitFor({ state: 'visible' })
}

/** No answer to what a page asks. */
const hold = (path: string) => (page: Page) => page.route(path, () => {})
const refuse = (path: string) => (page: Page) =>
  page.route(path, (route: Route) =>
    route.fulfill({ status: 500, json: { error: 'The disk is full: the answer could not be written.' } }),
  )

const chosen = ({ all }: Known): string => `/runs?select=${all.join(',')}`

const runs: readonly State[] = [
  { name: 'runs', path: () => '/runs' },
  { name: 'runs-chosen', path: chosen, open: point },
  { name: 'runs-groups', path: known => `${chosen(known)}&group=seeds&heat=1&pin=model` },
  { name: 'runs-log-zoom', path: known => `${chosen(known)}&scale=log&zoom=50..150` },
  { name: 'runs-scatter', path: known => `${chosen(known)}&charts=scatter` },
  {
    name: 'runs-parallel',
    path: () => '/runs?charts=parallel',
    open: page => summary(page, 'Limit the runs'),
  },
  { name: 'runs-columns', path: () => '/runs', open: page => summary(page, 'Columns') },
  { name: 'runs-views', path: () => '/runs', open: page => summary(page, 'Views') },
  { name: 'runs-charts-menu', path: () => '/runs', open: page => page.locator('.controls summary').click() },
  {
    name: 'runs-save-menu',
    path: () => '/runs',
    open: page => page.locator('figcaption summary').first().click(),
  },
  { name: 'runs-help', path: () => '/runs', open: page => page.locator('.filter-field summary').click() },
  { name: 'runs-fault', path: () => '/runs?filter=valAcuracy+%3E+0.9' },
  { name: 'runs-none', path: () => '/runs?filter=tag%3Anothing' },
  { name: 'runs-archive', path: () => '/runs?in=archive' },
  { name: 'runs-bin', path: () => '/runs?in=bin' },
  { name: 'runs-tag', path: chosen, open: page => button(page, 'Tag') },
  { name: 'runs-palette', path: () => '/runs', open: page => page.keyboard.press('Control+k') },
  { name: 'runs-keys', path: () => '/runs', open: page => page.keyboard.press('?') },
  {
    name: 'runs-notice',
    path: () => '/runs',
    open: async page => {
      await summary(page, 'Views')
      await button(page, 'Copy the link')
      await page.locator('.notices li').waitFor()
    },
  },
  {
    name: 'runs-bin-ask',
    path: () => '/runs?in=bin',
    open: async page => {
      if ((await page.getByRole('button', { name: 'Empty the bin' }).count()) > 0)
        await button(page, 'Empty the bin')
    },
  },
  {
    name: 'runs-menu',
    path: () => '/runs',
    open: page =>
      page
        .locator('.bar-menu')
        .click({ timeout: 800 })
        .catch(() => {}),
  },
  { name: 'figures', path: chosen, open: page => button(page, 'Figures and report') },
  {
    name: 'report',
    path: chosen,
    open: async page => {
      await button(page, 'Figures and report')
      await page.getByRole('radio', { name: 'Report' }).check()
    },
  },
  {
    name: 'report-made',
    path: ({ best }) => `/runs/${best}`,
    open: async page => {
      await button(page, 'Figures and report')
      await page.getByRole('radio', { name: 'Report' }).check()
      for (const format of ['PDF', 'Markdown']) await page.getByRole('checkbox', { name: format }).uncheck()
      await button(page, 'Write the report')
      await page.getByRole('link', { name: /^Download/ }).waitFor({ timeout: 60_000 })
    },
  },
  { name: 'run', path: ({ best }) => `/runs/${best}`, open: point },
  {
    name: 'run-open',
    path: ({ best }) => `/runs/${best}`,
    open: async page => {
      for (const fold of ['Log', 'layer', 'Options']) await summary(page, fold)
      await button(page, 'Edit the note')
    },
  },
  {
    name: 'run-weights',
    path: ({ best }) => `/runs/${best}`,
    open: page => page.getByRole('combobox', { name: 'Layer and array' }).scrollIntoViewIfNeeded(),
  },
  { name: 'run-live', path: ({ live }) => `/runs/${live}` },
  { name: 'run-failed', path: ({ failed }) => `/runs/${failed}` },
  { name: 'run-diverged', path: ({ diverged }) => `/runs/${diverged}` },
  { name: 'run-unknown', path: () => '/runs/000000000000' },
  { name: 'run-loading', path: ({ best }) => `/runs/${best}`, before: hold('**/api/runs/**') },
  { name: 'diff', path: ({ best, second }) => `/runs/${best}/diff/${second}` },
]

const searches: readonly State[] = [
  { name: 'searches', path: () => '/search' },
  {
    name: 'search',
    path: () => '/search/recommended',
    open: page => page.locator('.parallel').first().waitFor(),
  },
  {
    name: 'search-limits',
    path: () => '/search/recommended',
    open: page => summary(page, 'Limit the trials'),
  },
  { name: 'search-unknown', path: () => '/search/nothing' },
]

const building: readonly State[] = [
  { name: 'new', path: () => '/new' },
  { name: 'new-from', path: ({ best }) => `/new?from=${best}`, open: page => summary(page, 'More options') },
  {
    name: 'new-wrong',
    path: ({ best }) => `/new?from=${best}`,
    open: async page => {
      await page
        .getByRole('textbox', { name: 'epochs' })
        .or(page.getByRole('spinbutton', { name: 'epochs' }))
        .first()
        .fill('0')
      await page
        .getByLabel(/^units/)
        .last()
        .fill('7')
      await page.getByRole('alert').first().waitFor()
    },
  },
  { name: 'new-loading', path: () => '/new', before: hold('**/api/choices') },
  { name: 'new-refused', path: () => '/new', before: refuse('**/api/choices') },
  { name: 'model', path: ({ best }) => `/model?run=${best}` },
  {
    name: 'model-dense',
    path: ({ best }) => `/model?run=${best}&layer=dense5`,
    open: page => summary(page, 'As text'),
  },
  { name: 'model-loading', path: ({ best }) => `/model?run=${best}`, before: hold('**/api/runs/*/model') },
]

const judging: readonly State[] = [
  { name: 'evaluate', path: ({ best }) => `/evaluate/${best}` },
  { name: 'evaluate-cell', path: ({ best }) => `/evaluate/${best}?cell=6,0` },
  { name: 'evaluate-many', path: ({ many }) => `/evaluate/${many}` },
  { name: 'evaluate-loading', path: ({ best }) => `/evaluate/${best}`, before: hold('**/evaluation') },
  { name: 'evaluate-refused', path: ({ best }) => `/evaluate/${best}`, before: refuse('**/evaluation') },
  {
    name: 'evaluate-distorted',
    path: ({ best }) => `/evaluate/${best}`,
    open: async page => {
      await button(page, 'Shift, turn, blur')
      await page.getByRole('img', { name: /^Accuracy under rotation/ }).waitFor({ timeout: 60_000 })
      await page.getByRole('region', { name: 'Robustness' }).scrollIntoViewIfNeeded()
    },
  },
  {
    name: 'evaluate-mark-all',
    path: ({ best }) => `/evaluate/${best}?cell=6,0`,
    open: page => button(page, 'Mark all'),
  },
  {
    name: 'image',
    path: ({ best }) => `/evaluate/${best}?image=12`,
    open: page => page.locator('.neighbours canvas').first().waitFor(),
  },
  {
    name: 'image-two',
    path: ({ best, second }) => `/evaluate/${best}?cell=6,0&image=12&second=${second}`,
    open: page => page.locator('.neighbours canvas').nth(9).waitFor(),
  },
  {
    name: 'image-many',
    path: ({ many }) => `/evaluate/${many}?image=12`,
    open: page => page.locator('.neighbours canvas').first().waitFor(),
  },
  { name: 'map-none', path: ({ second }) => `/evaluate/${second}?show=map&layer=input` },
  {
    name: 'map',
    path: ({ best }) => `/evaluate/${best}?show=map`,
    open: async page => {
      const map = page.getByRole('application')
      const draw = page.getByRole('button', { name: 'Draw the map' })
      await map.or(draw).first().waitFor()
      if ((await draw.count()) > 0) await draw.click()
      await map.waitFor({ timeout: 60_000 })
      await page.getByRole('combobox', { name: 'Label' }).selectOption('Shirt')
      await button(page, 'Choose')
      await page.locator('.chosen-images canvas').first().waitFor()
    },
  },
  { name: 'compare-choose', path: () => '/compare' },
  {
    name: 'compare',
    path: ({ all }) => `/compare?runs=${all.join(',')}`,
    open: page => page.locator('.verdict').waitFor({ timeout: 60_000 }),
  },
  {
    name: 'compare-loading',
    path: ({ all }) => `/compare?runs=${all.join(',')}`,
    before: hold('**/api/compare**'),
  },
]

const pictures: readonly State[] = [
  { name: 'pictures', path: () => '/pictures' },
  {
    name: 'pictures-trained',
    path: () => '/pictures/shapes',
    open: async page => {
      const done = page.getByRole('heading', { name: 'How well it does' })
      const train = page.getByRole('button', { name: 'Train', exact: true })
      await train.waitFor()
      await page.waitForTimeout(1500)
      if ((await done.count()) === 0) await train.click()
      await done.waitFor({ timeout: 120_000 })
    },
  },
  {
    name: 'pictures-selected',
    path: () => '/pictures/shapes',
    open: async page => {
      await page.getByRole('option').first().click()
      await page
        .getByRole('option')
        .nth(5)
        .click({ modifiers: ['Shift'] })
      await text(page, '6 pictures selected')
    },
  },
  {
    name: 'pictures-large',
    path: () => '/pictures/shapes',
    open: async page => {
      await page.getByRole('option').first().dblclick()
      await page.locator('.large-picture img').waitFor()
    },
  },
  {
    name: 'pictures-camera',
    path: () => '/pictures/shapes',
    open: async page => {
      await button(page, /^Record circles/)
      await page.getByRole('button', { name: 'Hold to record' }).waitFor()
    },
  },
  { name: 'pictures-unknown', path: () => '/pictures/nothing' },
]

const data: readonly State[] = [
  { name: 'data', path: () => '/data/fashion-mnist-mini' },
  { name: 'data-image', path: () => '/data/fashion-mnist-mini?index=12' },
  { name: 'data-tag', path: ({ best }) => `/data/run:${best}?split=test&tag=hard&index=40` },
  { name: 'data-none', path: () => '/data/fashion-mnist-mini?index=99999' },
  { name: 'data-many', path: ({ many }) => `/data/run:${many}` },
  { name: 'data-augmentation', path: () => '/data/fashion-mnist-mini?show=augmentation' },
  {
    name: 'data-augmented',
    path: () => '/data/fashion-mnist-mini?show=augmentation&augment=randomRotation:0.1&augment=cutout:8',
    open: page => page.locator('.versions canvas').first().waitFor(),
  },
  {
    name: 'data-audit',
    path: () => '/data/fashion-mnist-mini?show=audit',
    open: async page => {
      const ask = page.getByRole('button', { name: /^Audit fashion/ })
      const done = page.getByRole('heading', { name: 'Doubtful labels' })
      await ask.or(done).first().waitFor()
      if ((await ask.count()) > 0) await ask.click()
      await done.waitFor({ timeout: 120_000 })
    },
  },
  { name: 'data-corrections', path: ({ best }) => `/data/run:${best}?show=corrections&again=${best}` },
  {
    name: 'data-loading',
    path: () => '/data/fashion-mnist-mini',
    before: hold('**/api/data/fashion-mnist-mini'),
  },
]

const trying: readonly State[] = [
  {
    name: 'try',
    path: ({ best }) => `/try?run=${best}`,
    open: page => page.getByRole('application').waitFor(),
  },
  {
    name: 'try-drawn',
    path: ({ best }) => `/try?run=${best}&image=test:12`,
    open: page => text(page, /ms in this browser/),
  },
  {
    name: 'try-two',
    path: ({ best, second }) => `/try?run=${best}&second=${second}&image=test:12`,
    open: async page => {
      await text(page, /ms in this browser/)
      await page.locator('[data-two="true"] .bar-list').nth(1).waitFor()
    },
  },
  {
    name: 'try-camera',
    path: ({ best }) => `/try?run=${best}`,
    open: async page => {
      await button(page, 'Camera')
      await page.getByRole('img', { name: /^Photo: \d+ × \d+/ }).waitFor()
    },
  },
  {
    name: 'try-refused',
    path: ({ best }) => `/try?run=${best}`,
    open: async page => {
      const file = { name: 'a.png', mimeType: 'image/png', buffer: Buffer.from('hello') }
      await page.getByLabel('Picture').setInputFiles(file)
      await page.getByRole('alert').waitFor()
    },
  },
  {
    name: 'try-many',
    path: ({ many }) => `/try?run=${many}&image=test:12`,
    open: page => text(page, /ms in this browser/),
  },
  { name: 'nowhere', path: () => '/nowhere' },
]

/** Every view of the studio, and what opens in it. */
export const states: readonly State[] = [
  ...runs,
  ...searches,
  ...building,
  ...judging,
  ...pictures,
  ...data,
  ...trying,
]

/** Views of a store in which nothing is yet. */
export const emptyStates: readonly State[] = [
  '/runs',
  '/search',
  '/new',
  '/model',
  '/evaluate',
  '/compare',
  '/pictures',
  '/try',
].map(path => ({ name: `empty${path.replace('/', '-')}`, path: () => path }))
