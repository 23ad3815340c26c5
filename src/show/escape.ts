/** What no XML file may hold, even escaped: a folder's name, and so a class, can. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const notXml = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/gu

/** An SVG or a text for one, with "\ufffd" for each character that would make the whole unreadable. */
export function xmlOnly(text: string): string {
  return text.replace(notXml, '\ufffd')
}

/**
 * Text as it may stand in HTML and SVG, attributes included.
 *
 * @example
 * escapeXml('a < "b"') // 'a &lt; &quot;b&quot;'
 */
export function escapeXml(text: string): string {
  return xmlOnly(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
