import { count } from '../../../src/base/text.ts'

/** `1.23 M` */
export function short(n: number): string {
  if (n >= 1e9) return `${(n / 1e9).toFixed(2)} G`
  if (n >= 1e6) return `${(n / 1e6).toFixed(2)} M`
  return n >= 1e4 ? `${(n / 1e3).toFixed(1)} k` : count(n)
}

/** `1 h 05 min`, `2 min 09 s`, `8.1 s` */
export function duration(seconds: number | null): string {
  if (seconds === null) return '–'
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0')
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`
  return `${Math.floor(seconds / 3600)} h ${two((seconds % 3600) / 60)} min`
}

// Made once: each takes as long as hundreds of dates.
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const dayOfYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })

/** `11:02` for today, `20 Nov 11:02` before. */
export function moment(ms: number): string {
  const [then, now] = [new Date(ms), new Date()]
  const time = clock.format(then)
  if (then.toDateString() === now.toDateString()) return time
  return `${(then.getFullYear() === now.getFullYear() ? day : dayOfYear).format(then)} ${time}`
}
