/** Deeper than anything that Heddle writes: a model in an experiment has ten levels. */
const MAX_DEPTH = 64
/** A checkpoint after 10,000 epochs has 110,000. */
const MAX_VALUES = 500_000

/**
 * The value of a JSON text of any origin. Depth and values are counted before it is parsed, as a text of 50 MB of `[` would take
 * gigabytes. Throws a `SyntaxError` whose message goes on after "is not JSON: ".
 */
export function boundedJson(text: string, maxLength: number, maxValues = MAX_VALUES): unknown {
  if (text.length > maxLength) throw new SyntaxError(`it is longer than ${maxLength} characters`)
  let depth = 0
  let values = 0
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i)
    if (character === QUOTE) {
      for (i++; i < text.length && text.charCodeAt(i) !== QUOTE; i++) {
        if (text.charCodeAt(i) === BACKSLASH) i++
      }
    } else if (character === OPEN_LIST || character === OPEN_OBJECT) {
      if (++depth > MAX_DEPTH) throw new SyntaxError(`it is nested more than ${MAX_DEPTH} levels deep`)
    } else if (character === CLOSE_LIST || character === CLOSE_OBJECT) depth--
    else if (character === COMMA && ++values > maxValues) {
      throw new SyntaxError(`it has more than ${maxValues} values`)
    }
  }
  return JSON.parse(text)
}

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c]
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d]
