import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import type { RunningStudio } from './browser-page.ts'
import { faintControls } from './contrast-page.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** A phone. The page's policy would keep axe out; the policy has tests of its own. */
export const PHONE = { bypassCSP: true, viewport: { width: 360, height: 740 } }

/** What is wrong with a page on a phone, in light and in dark: what axe finds, and what is wider than the screen. */
export async function faultsOnPhone(
  browser: Browser,
  studio: RunningStudio,
  path: string,
  prepare: (page: Page) => Promise<void>,
): Promise<string[]> {
  const context = await studio.signIn(await browser.newContext({ ...PHONE, colorScheme: 'light' }))
  const page = await context.newPage()
  await page.goto(studio.url + path)
  await prepare(page)
  const faults = await faultsInBoth(page, 'light')
  await context.close()
  return faults
}

/** Those of a page that was opened in one theme, then those of its colours in the other one: nothing else depends on the theme. */
export async function faultsInBoth(page: Page, opened: 'light' | 'dark'): Promise<string[]> {
  const other = opened === 'light' ? 'dark' : 'light'
  const first = await faultsOf(page)
  await page.emulateMedia({ colorScheme: other })
  // Charts are drawn again, and colours pass over into one another.
  await page.waitForTimeout(100)
  await page.evaluate(
    'Promise.allSettled(document.getAnimations().map(one => one instanceof CSSTransition && one.finished))',
  )
  const second = await faultsOf(page, { rules: ['color-contrast', 'link-in-text-block'] })
  return [...first.map(fault => `${opened}: ${fault}`), ...second.map(fault => `${other}: ${fault}`)]
}

/** What is wrong with something that is open over a page, in both themes and in all states of its controls. */
export async function faultsOfOpen(page: Page, within: string): Promise<string[]> {
  return [...(await faultsOf(page, { within })), ...(await faintControls(page, within))]
}

/** The elements that reach furthest to the right; what is scrolled in a part of its own is left out. */
const widest = `{
  const isCut = one => one !== null && (getComputedStyle(one).overflowX !== 'visible' || isCut(one.parentElement))
  ;[...document.querySelectorAll('main *')]
    .filter(one => !isCut(one.parentElement))
    .map(one => ({ one, right: one.getBoundingClientRect().right }))
    .sort((a, b) => b.right - a.right)
    .slice(0, 5)
    .map(({ one, right }) => one.outerHTML.slice(0, 60) + ' ends at ' + Math.round(right))
    .join(', ')
}`

/** Those of a page as it is now, or of the part of it that a selector finds, by all rules of axe or by some. */
export async function faultsOf(
  page: Page,
  { rules, within }: { readonly rules?: readonly string[]; readonly within?: string | undefined } = {},
): Promise<string[]> {
  if (!(await page.evaluate('"axe" in globalThis'))) await page.evaluate(axe)
  const [context, options] = [within ?? 'html', rules ? { runOnly: rules } : {}].map(one =>
    JSON.stringify(one),
  )
  const { violations } = (await page.evaluate(`axe.run(${context}, ${options})`)) as AxeResults
  const faults = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`)
  const tooWide = (await page.evaluate('document.documentElement.scrollWidth - innerWidth')) as number
  return tooWide > 0
    ? [...faults, `${tooWide} pixels wider than the screen: ${await page.evaluate(widest)}`]
    : faults
}
