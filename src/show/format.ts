const grouped = new Intl.NumberFormat('en-US')

/** A whole number with its thousands marked: `54,410`. */
export function count(value: number): string {
  return grouped.format(Math.round(value))
}

/**
 * A number and its noun.
 *
 * @example
 * plural(1, 'seed') // '1 seed'
 * plural(2, 'class') // '2 classes'
 * plural(2, 'batch') // '2 batches'
 * plural(2, 'epoch') // '2 epochs'
 */
export function plural(value: number, noun: string): string {
  const ending = /(s|x|[^o]ch|sh)$/.test(noun) ? 'es' : 's'
  return `${count(value)} ${noun}${value === 1 ? '' : ending}`
}

/** A rounded duration as a clock shows it: `0:07`, `12:40`, `1:02:03`. */
export function clockTime(seconds: number): string {
  const whole = Math.round(seconds)
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (value: number): string => String(value).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
}

/** Bytes in the unit that suits them: `26.4 MB`. */
export function megabytes(sizeBytes: number): string {
  return `${(sizeBytes / 1e6).toFixed(1)} MB`
}

/** The first digits of a fingerprint: enough to tell two datasets apart. */
export function shortFingerprint(fingerprint: string): string {
  return fingerprint.slice(0, 12)
}

/** `2026-11-21 08:36`, in the time of the place. */
export function dateOf(ms: number): string {
  const format = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short' })
  return format.format(ms)
}
