import type { Page } from 'playwright-core'

/** WCAG 2.2: of text (1.4.3), and of the ring around what has the focus (1.4.11). */
const [LEAST, LEAST_RING] = [4.5, 3]

/** States of a control that a page is not in while nothing is done, as the browser calls them. */
const forced = {
  rest: [],
  hover: ['hover'],
  'focus-visible': ['focus', 'focus-visible', 'focus-within'],
  active: ['hover', 'active'],
} as const

export type Forced = keyof typeof forced

/** What can be clicked, typed into or pointed at; rows and items change with what is in them. */
const CONTROLS =
  'main a, main tbody tr, main li, .bar a, button, .button, summary, label, input, select, textarea, [role="option"], [tabindex="0"]'

/** Holds elements of a page in a state, until it is put into another one or ended: by default all controls. */
export async function forcing(page: Page, selector: string = CONTROLS) {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('DOM.enable')
  await cdp.send('CSS.enable')
  const { root } = await cdp.send('DOM.getDocument')
  const { nodeIds } = await cdp.send('DOM.querySelectorAll', { nodeId: root.nodeId, selector })
  return {
    count: nodeIds.length,
    async force(state: Forced): Promise<void> {
      const forcedPseudoClasses = [...forced[state]]
      await Promise.all(
        nodeIds.map(nodeId => cdp.send('CSS.forcePseudoState', { nodeId, forcedPseudoClasses })),
      )
    },
    end: () => cdp.detach(),
  }
}

/**
 * Controls of a page, or of a part of it, with a text that is hard to read, and rings of the focus that are hard to see, in each state,
 * in light and in dark. Of controls that look alike, one stands for all. It leaves the page in light.
 */
export async function faintControls(page: Page, within = 'html'): Promise<string[]> {
  const faint = new Set<string>()
  await page.evaluate(`(${markKinds})(${JSON.stringify(within)}, ${JSON.stringify(CONTROLS)})`)
  const { count, force, end } = await forcing(page, '[data-kind]')
  if (count === 0) throw new Error('There are no controls on this page.')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    for (const state of Object.keys(forced) as Forced[]) {
      await force(state)
      const { texts, rings } = (await page.evaluate(`(${contrasts})()`)) as Contrasts
      for (const [what, ratio] of texts)
        if (ratio < LEAST) faint.add(`${what}, ${state}, ${colorScheme}: ${ratio.toFixed(2)}`)
      for (const [what, ratio] of state === 'focus-visible' ? rings : [])
        if (ratio < LEAST_RING) faint.add(`ring around ${what}, ${colorScheme}: ${ratio.toFixed(2)}`)
    }
  }
  await end()
  // Colours are back before they may pass over into one another again.
  await page.emulateMedia({ colorScheme: 'light' })
  await page.evaluate('getComputedStyle(document.body).color')
  await page.emulateMedia({ reducedMotion: null })
  return [...faint]
}

interface Contrasts {
  readonly texts: readonly (readonly [what: string, ratio: number])[]
  readonly rings: readonly (readonly [what: string, ratio: number])[]
}

/** Runs in the page: marks the first control in sight of each kind, by its element, its classes, its state and what it is in. */
const markKinds = `(within, selector) => {
  const seen = new Set()
  for (const one of document.querySelectorAll('[data-kind]')) delete one.dataset.kind
  for (const one of document.querySelector(within).querySelectorAll(selector)) {
    if (!one.checkVisibility({ visibilityProperty: true })) continue
    const { parentElement: parent } = one
    const states = ['aria-pressed', 'aria-current', 'aria-selected', 'type'].map(name => one.getAttribute(name))
    const kind = [one.tagName, one.className, one.disabled, one.checked, ...states, parent.tagName, parent.className, parent.closest('[class]')?.className].join()
    if (seen.has(kind)) continue
    seen.add(kind)
    one.dataset.kind = ''
  }
}`

/** Runs in the page: texts in marked controls, and rings around them, each with the ratio of its colour to what is behind it. */
const contrasts = `() => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
  // The browser mixes the colours: whatever CSS calls them, and half-transparent ones over each other.
  const painted = colours => {
    for (const colour of colours) {
      canvas.fillStyle = colour
      canvas.fillRect(0, 0, 1, 1)
    }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3)
  }
  const luminance = rgb => {
    const [r, g, b] = rgb.map(c => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const ratio = (behind, color) => {
    const [a, b] = [luminance(painted(behind)), luminance(painted([...behind, color]))]
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
  }
  const behind = element => {
    const colours = []
    for (let e = element; e; e = e.parentElement) colours.unshift(getComputedStyle(e).backgroundColor)
    return ['white', ...colours]
  }
  const texts = []
  const rings = []
  for (const control of document.querySelectorAll('[data-kind]')) {
    if (!control.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue
    const named = text => (control.disabled ? 'disabled ' : '') + (control.className || control.tagName.toLowerCase()) + ' "' + text + '"'
    const walker = document.createTreeWalker(control, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      const text = walker.currentNode.textContent.trim()
      const { parentElement } = walker.currentNode
      if (text === '' || parentElement.closest('option, .unseen, svg')) continue
      if (!parentElement.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue
      texts.push([named(text), ratio(behind(parentElement), getComputedStyle(parentElement).color)])
    }
    if (control.matches('select, textarea, input:not([type=checkbox], [type=radio], [type=range], [type=file])'))
      texts.push([named(control.getAttribute('aria-label') ?? control.name), ratio(behind(control), getComputedStyle(control).color)])
    if (!control.matches('a, button, summary, input, select, textarea, [tabindex="0"]') || control.disabled) continue
    // A switch of several parts shows its ring around the text.
    const ringed = getComputedStyle(control).opacity === '0' ? control.nextElementSibling : control
    const { outlineStyle, outlineWidth, outlineColor, outlineOffset } = getComputedStyle(ringed)
    const isThere = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2
    const around = Number.parseFloat(outlineOffset) < 0 ? ringed : ringed.parentElement
    rings.push([named(control.textContent.trim().slice(0, 40)), isThere ? ratio(behind(around), outlineColor) : 1])
  }
  return { texts, rings }
}`
