import type { Page } from 'playwright-core'

/** WCAG 2.2, 1.4.3: text of normal size. */
const LEAST = 4.5
const states = [[], ['hover'], ['focus', 'focus-visible'], ['hover', 'active']] as const

/** Texts in buttons, and in what looks like one, that are hard to read: in each state, in light and in dark. */
export async function faintButtons(page: Page): Promise<string[]> {
  const faint = new Set<string>()
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('DOM.enable')
  await cdp.send('CSS.enable')
  const { root } = await cdp.send('DOM.getDocument')
  const selector = 'button, .button, .menu summary'
  const { nodeIds } = await cdp.send('DOM.querySelectorAll', { nodeId: root.nodeId, selector })
  if (nodeIds.length === 0) throw new Error('There are no buttons on this page.')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    for (const forced of states) {
      const forcedPseudoClasses = [...forced]
      await Promise.all(
        nodeIds.map(nodeId => cdp.send('CSS.forcePseudoState', { nodeId, forcedPseudoClasses })),
      )
      const found = (await page.evaluate(`(${contrasts})(${JSON.stringify(selector)})`)) as [string, number][]
      for (const [what, ratio] of found) {
        if (ratio < LEAST)
          faint.add(`${what}, ${forced.at(-1) ?? 'at rest'}, ${colorScheme}: ${ratio.toFixed(2)}`)
      }
    }
  }
  await cdp.detach()
  return [...faint]
}

/** Runs in the page: each text of the buttons with the ratio of its colour to what is behind it. */
const contrasts = `selector => {
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
  const result = []
  for (const button of document.querySelectorAll(selector)) {
    if (!button.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue
    const texts = document.createTreeWalker(button, NodeFilter.SHOW_TEXT)
    while (texts.nextNode()) {
      const text = texts.currentNode.textContent.trim()
      if (text === '') continue
      const behind = []
      for (let e = texts.currentNode.parentElement; e; e = e.parentElement) behind.unshift(getComputedStyle(e).backgroundColor)
      behind.unshift('white')
      const { color } = getComputedStyle(texts.currentNode.parentElement)
      const [a, b] = [luminance(painted(behind)), luminance(painted([...behind, color]))]
      const kind = button.disabled ? 'disabled ' : ''
      result.push([kind + (button.className || button.tagName.toLowerCase()) + ' "' + text + '"', (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)])
    }
  }
  return result
}`
