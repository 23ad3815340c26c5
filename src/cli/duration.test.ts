import { expect, test } from 'vitest'
import { durationField } from './duration.ts'

test.each([
  ['90s', 90],
  ['30m', 1800],
  ['2h', 7200],
  ['1h30m', 5400],
  ['1h0m5s', 3605],
])('%s is %i seconds', (text, seconds) => expect(durationField.parse(text, '--time')).toBe(seconds))

test.each(['', '30', 'm', '0m', '-5m', '1.5h', '30 m', '30min', `${'9'.repeat(400)}h`])(
  '"%s" is refused',
  text => {
    expect(() => durationField.parse(text, '--time')).toThrow(
      /^--time must be a time such as 30m, 90s or 1h30m/,
    )
  },
)
