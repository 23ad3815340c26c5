import { expect, test } from 'vitest'
import type { RunRow } from '../../../src/protocol/studio.ts'
import { choiceOf, selectedOf, selectionText, viewQuery } from './list-choice.ts'

const rows = ['aaaaaa111111', 'bbbbbb222222', 'cccccc333333'].map(id => ({ id }) as RunRow)
const idsOf = (found: readonly RunRow[]): string[] => found.map(({ id }) => id)

test('a choice of runs goes into an address and comes back', () => {
  for (const ids of [[], ['bbbbbb222222'], ['aaaaaa111111', 'cccccc333333'], idsOf(rows)]) {
    const text = selectionText(new Set(ids), rows)
    const { selected } = choiceOf(new URLSearchParams({ select: text }), [])
    expect(idsOf(selectedOf(rows, selected))).toEqual(ids)
  }
  expect(selectionText(new Set(idsOf(rows)), rows)).toBe('*')
  expect(selectionText(new Set(['bbbbbb222222']), rows)).toBe('bbbbbb')
})

test('ids that begin alike are written in full', () => {
  const twins = ['aaaaaa111111', 'aaaaaa222222', 'bbbbbb000000'].map(id => ({ id }) as RunRow)
  expect(selectionText(new Set(['aaaaaa222222']), twins)).toBe('aaaaaa222222')
  expect(idsOf(selectedOf(twins, new Set(['aaaaaa222222'])))).toEqual(['aaaaaa222222'])
})

test('a view keeps filter, order and columns, and not which runs are chosen', () => {
  const query = new URLSearchParams('filter=seed+%3D+2&select=aaaaaa&pin=model&heat=1')
  expect(viewQuery(query)).toBe('filter=seed+%3D+2&pin=model&heat=1')
  expect(choiceOf(query, ['model'])).toMatchObject({
    text: 'seed = 2',
    pinned: ['model'],
    isHot: true,
    columns: ['model'],
    shelf: 'list',
  })
  expect(choiceOf(new URLSearchParams('in=nowhere'), []).shelf).toBe('list')
})
