import { escapeXml } from './escape.ts'

/** A link to a run's facts, further down on the page. */
export function runLink(id: string, text: string): string {
  return `<a href="#run-${id}">${escapeXml(text)}</a>`
}

/** Sentences that must not be missed; nothing where there are none. */
export function warningList(warnings: readonly string[]): string {
  if (warnings.length === 0) return ''
  return `<ul class="warnings">${warnings.map(warning => `<li>${escapeXml(warning)}</li>`).join('')}</ul>`
}
