// Control characters move a terminal's cursor, change its title or colours; the marks of direction reorder a line; a lone
// half of a surrogate pair is no character. Line feeds and tabs are left.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const hidden = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Cs}/gu

/**
 * The text with everything that a terminal would obey instead of show as `\u001b`. Every text goes through this on its way to
 * the terminal, as names, notes and messages may be a stranger's. JSON stays the JSON of the same value.
 *
 * @example
 * visible('\u001b[2Jhello') // '\\u001b[2Jhello'
 */
export function visible(text: string): string {
  return text.replace(hidden, escaped)
}

/** The same for what must stay on one line, such as a cell of a table: line feeds and tabs become `\n` and `\t`. */
export function oneLine(text: string): string {
  return visible(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t')
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
