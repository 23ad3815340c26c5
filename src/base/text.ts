// Numbers and lists as people read them. The studio uses these too: nothing here needs Node.

// Made with the first number: it takes 12 ms, and most commands and a server begin without one.
let grouped: Intl.NumberFormat | undefined

/** A whole number with its thousands marked: `54,410`. */
export function count(value: number): string {
  grouped ??= new Intl.NumberFormat('en-US')
  return grouped.format(Math.round(value))
}

/**
 * A number and its noun, with an s where there are several; `several` is a plural that is formed otherwise.
 *
 * @example
 * plural(1, 'seed') // '1 seed'
 * plural(1200, 'image') // '1,200 images'
 * plural(2, 'class', 'classes') // '2 classes'
 */
export function plural(value: number, one: string, several = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : several}`
}

/**
 * Names in a sentence. A list of more than `most` + 1 names is cut: a message names examples.
 *
 * @example
 * listOf(['a', 'b', 'c']) // 'a, b and c'
 * listOf(['a', 'b', 'c'], { most: 1, word: 'or' }) // 'a or 2 more'
 */
export function listOf(
  names: readonly string[],
  { most = 5, word = 'and' }: { readonly most?: number; readonly word?: 'and' | 'or' } = {},
): string {
  if (names.length < 2) return names.join()
  const isCut = names.length > most + 1
  const shown = names.slice(0, isCut ? most : -1)
  return `${shown.join(', ')} ${word} ${isCut ? `${names.length - most} more` : names.at(-1)}`
}

/**
 * A share in percent, with its sign; a dash for what was not measured.
 *
 * @example
 * percent(0.8732) // '87.32 %'
 */
export function percent(share: number | null | undefined, digits = 2): string {
  return share === null || share === undefined ? '–' : `${points(share, digits)} %`
}

/** A share in percentage points, without a sign: `87.32`. */
export function points(share: number, digits = 2): string {
  return (100 * share).toFixed(digits)
}

/** `+1.20` percentage points; more decimals where two would round to zero, so that an interval shows its side of it. */
export function signedPoints(share: number): string {
  const size = Math.abs(100 * share)
  const digits = size < 0.005 && size > 1e-6 ? Math.ceil(-Math.log10(size)) : 2
  return `${share < 0 ? '-' : '+'}${size.toFixed(digits)}`
}

/** Four digits after the point, or another number of them; a dash for what was not measured. */
export function decimal(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined) return '–'
  return Math.abs(value) >= 1e6 ? value.toExponential(2) : value.toFixed(digits)
}

/**
 * A mean and, of several runs, the standard deviation; nothing where there is no run.
 *
 * @example
 * plusMinus({ mean: 0.9, std: 0.01, n: 3 }) // '0.9000 ± 0.0100'
 */
export function plusMinus(
  { mean, std, n }: { readonly mean: number; readonly std: number; readonly n: number },
  show: (value: number) => string = decimal,
): string {
  if (n === 0) return ''
  return n === 1 ? show(mean) : `${show(mean)} ± ${show(std)}`
}

/**
 * A line of CSV (RFC 4180); `null` is an empty cell.
 *
 * @example
 * csvLine(['x,y', null, 1]) // '"x,y",,1'
 */
export function csvLine(cells: readonly unknown[]): string {
  return cells
    .map(value => {
      const text = typeof value === 'object' ? (value ? JSON.stringify(value) : '') : String(value)
      return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
    })
    .join(',')
}

/** A rounded duration as a clock shows it: `0:07`, `12:40`, `1:02:03`. */
export function clockTime(seconds: number): string {
  const whole = Math.round(seconds)
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor(whole / 60) % 60
  const two = (value: number): string => String(value).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}

/** A size in megabytes: `26.4 MB`. */
export function megabytes(sizeBytes: number): string {
  return `${(sizeBytes / 1e6).toFixed(1)} MB`
}

/** The first digits of a fingerprint: enough to tell two datasets apart. */
export function shortFingerprint(fingerprint: string): string {
  return fingerprint.slice(0, 12)
}

/** `2026-11-21 08:36`, in the time of the place. */
export function dateOf(ms: number): string {
  return new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short' }).format(ms)
}
