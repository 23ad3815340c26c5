/** Deeper than anything that Heddle writes: a model in an experiment has ten levels. */
const MAX_DEPTH = 64

/**
 * The value of a JSON text of any origin. The depth is counted before the text is parsed, as a text of 50 MB of `[` would take
 * gigabytes. Throws a `SyntaxError` whose message goes on after "is not JSON: ".
 */
export function boundedJson(text: string, maxLength: number): unknown {
  if (text.length > maxLength) throw new SyntaxError(`it is longer than ${maxLength} characters`)
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i)
    if (character === QUOTE) {
      for (i++; i < text.length && text.charCodeAt(i) !== QUOTE; i++) {
        if (text.charCodeAt(i) === BACKSLASH) i++
      }
    } else if (character === OPEN_LIST || character === OPEN_OBJECT) {
      if (++depth > MAX_DEPTH) throw new SyntaxError(`it is nested more than ${MAX_DEPTH} levels deep`)
    } else if (character === CLOSE_LIST || character === CLOSE_OBJECT) depth--
  }
  return JSON.parse(text)
}

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [
  0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d,
]
