/** What no XML file may hold, even escaped: a folder's name, and so a class, can. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const notXml = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/gu

/** An SVG or a text for one, with "\ufffd" for each character that would make the whole unreadable. */
export function xmlOnly(text: string): string {
  return text.replace(notXml, '\ufffd')
}

/** HTML or SVG that can stand in a page as it is. */
export class Html {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  toString(): string {
    return this.#text
  }
}

/** What `html` takes: texts are escaped, `null` is left out, lists stand one after another. */
export type Part = Html | string | number | null | readonly Part[]

/**
 * HTML, or SVG, in which every text is escaped: the one way to make markup.
 *
 * @example
 * String(html`<p title="${'"'}">${'a < b'} ${html`<b>c</b>`}</p>`) // '<p title="&quot;">a &lt; b <b>c</b></p>'
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(String.raw({ raw: strings }, ...parts.map(textOf)))
}

/** Parts one after another, such as lines of a page. */
export function joined(parts: readonly Part[], between = '\n'): Html {
  return new Html(
    parts
      .map(textOf)
      .filter(text => text !== '')
      .join(between),
  )
}

function textOf(part: Part): string {
  if (part === null) return ''
  if (part instanceof Html) return part.toString()
  if (typeof part === 'object') return part.map(textOf).join('')
  return escaped(String(part))
}

/** Text as it may stand in HTML and SVG, attributes included. */
function escaped(text: string): string {
  return xmlOnly(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
