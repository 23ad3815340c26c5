import { expect, test } from 'vitest'
import { type Column, table } from './table.ts'

const columns: readonly Column[] = [
  { title: 'Image', align: 'left' },
  { title: 'Made', align: 'left', optional: true },
  { title: 'Accuracy', align: 'right' },
  { title: 'Time', align: 'right', optional: true },
]
const rows = [['photos/of/my/shoes/boot.jpg', '2026-11-30', '0.9123', '0:12']]

test('without a width nothing is cut', () => {
  expect(table(columns, rows)).toBe(
    [
      'Image                         Made         Accuracy   Time',
      '─'.repeat(58),
      'photos/of/my/shoes/boot.jpg   2026-11-30     0.9123   0:12',
    ].join('\n'),
  )
})

test('the longest text is cut in its middle', () => {
  expect(table(columns, rows, { width: 45 })).toBe(
    [
      'Image            Made         Accuracy   Time',
      '─'.repeat(45),
      'photos/…ot.jpg   2026-11-30     0.9123   0:12',
    ].join('\n'),
  )
})

test('optional columns go, the last one first; numbers stay whole', () => {
  expect(table(columns, rows, { width: 30 })).toBe(
    ['Image                 Accuracy', '─'.repeat(30), 'photos/of…/boot.jpg     0.9123'].join('\n'),
  )
  expect(table(columns, rows, { width: 10 })).toBe(
    ['Image      Accuracy', '─'.repeat(10), 'phot…jpg     0.9123'].join('\n'),
  )
})
