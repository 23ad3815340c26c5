import { UsageError } from '../base/errors.ts'
import { custom, show } from '../base/schema.ts'

const units = { h: 3600, m: 60, s: 1 } as const

/** A time in seconds, as `30m`, `90s`, `2h` or `1h30m` are typed. */
export const durationField = custom<number, number>(undefined, (value, path) => {
  const parts = typeof value === 'string' && /^(\d+[hms])+$/.test(value) ? value.match(/\d+[hms]/g)! : []
  const seconds = parts.reduce(
    (sum, part) => sum + Number.parseInt(part, 10) * units[part.at(-1) as keyof typeof units],
    0,
  )
  if (seconds > 0 && Number.isSafeInteger(seconds)) return seconds
  throw new UsageError(`${path} must be a time such as 30m, 90s or 1h30m, not ${show(value)}.`)
})
