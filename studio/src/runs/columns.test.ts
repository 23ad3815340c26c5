import { expect, test } from 'vitest'
import type { RunRow } from '../../../src/protocol/studio.ts'
import { columns, columnsInSight, grouped } from './columns.ts'

const run = (id: string, configuration: string, seconds = 1): RunRow =>
  ({ id, configuration, experiment: 'e', model: 'm', seconds, tags: [] }) as unknown as RunRow

test('groups whose runs did not change stay the same, and are computed once', () => {
  const rows = [run('a', 'x'), run('b', 'y'), run('c', 'x', 3)]
  const before = grouped(rows)
  const seconds = columns.find(({ id }) => id === 'seconds')!
  expect(before.map(group => group.value(seconds))).toEqual([2, 1])
  const [first, second] = grouped([rows[0]!, run('b', 'y', 5), rows[2]!], before)
  expect(first).toBe(before[0])
  expect(second!.value(seconds)).toBe(5)
  const more = grouped([...rows, run('d', 'x')], before)
  expect(more.map(group => group.rows.length)).toEqual([3, 1])
  expect(more[1]).toBe(before[1])
})

test('pinned columns stand first, if they are shown', () => {
  const ids = columnsInSight(columns, ['status', 'model', 'seed'], ['seed', 'note']).map(
    ({ id, isPinned = false }) => [id, isPinned],
  )
  expect(ids).toEqual([
    ['seed', true],
    ['status', false],
    ['model', false],
  ])
})
