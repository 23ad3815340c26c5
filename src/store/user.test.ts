import { expect, test } from 'vitest'
import { checkedUser, systemUser } from './user.ts'

test('the system’s user has a name; one that a list could not show is refused', () => {
  expect(checkedUser(systemUser())).toBe(systemUser())
  expect(checkedUser('Zoë K.')).toBe('Zoë K.')
  for (const name of ['', ' ', 'a\nb', 'x'.repeat(101)])
    expect(() => checkedUser(name)).toThrow('The name of a user is one line of 1 to 100 characters, not ')
})
