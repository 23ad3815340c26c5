const HOUR = 3_600_000
const DAY = 24 * HOUR
const ages: Readonly<Record<string, number>> = { h: HOUR, d: DAY, w: 7 * DAY }

/**
 * What people call a moment, in the time zone of this machine: `now`, `today`, `yesterday`, `2026-11-30`, `2026-11-30 14:00` (or with `T`), and ages: `3h`, `2d`,
 * `1w`. First and last millisecond: of a day where no time is given. `null` for other texts.
 *
 * @example
 * momentNamed('1h', 7_200_000) // [3_600_000, 3_600_000]
 */
export function momentNamed(text: string, now: number): readonly [number, number] | null {
  const word = text.trim().toLowerCase()
  if (word === 'now') return [now, now]
  if (word === 'today') return dayAt(dateOf(now))
  if (word === 'yesterday') {
    const [midnight] = dayAt(dateOf(now))!
    return dayAt(dateOf(midnight - 1))
  }
  const [, amount, unit] = /^(\d{1,5})([hdw])$/.exec(word) ?? []
  if (unit !== undefined) {
    const at = now - Number(amount) * ages[unit]!
    return [at, at]
  }
  const [, date, time] = /^(\d{4}-\d\d-\d\d)(?:[t ](\d\d:\d\d(?::\d\d)?))?$/.exec(word) ?? []
  if (date === undefined) return null
  const day = dayAt(date)
  if (day === null || time === undefined) return day
  const at = Date.parse(`${date}T${time}`)
  return Number.isNaN(at) ? null : [at, at]
}

function dayAt(date: string): readonly [number, number] | null {
  const from = Date.parse(`${date}T00:00`)
  // Days of which the clock is changed have an hour more or less.
  return Number.isNaN(from) || dateOf(from) !== date
    ? null
    : [from, Date.parse(`${dateOf(from + 36 * HOUR)}T00:00`) - 1]
}

/** Made once: that is slow. Swedes write `2026-11-30`. */
const swedish = new Intl.DateTimeFormat('sv')
const dateOf = (ms: number): string => swedish.format(ms)
