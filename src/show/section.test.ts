import { expect, test } from 'vitest'
import type { Section } from '../protocol/section.ts'
import { shownTable, type Table } from '../protocol/table.ts'
import { html, joined } from './markup.ts'
import { sectionText } from './section-text.ts'

const table: Table = {
  columns: [
    { key: 'model', title: 'Model' },
    { key: 'share', title: 'Share', show: share => share.toFixed(2), note: 'Share: of all.' },
    { key: 'interval', title: 'Interval' },
    { key: 'never', title: 'Never known' },
  ],
  rows: [
    {
      model: { value: 'a <b>', runs: [{ id: 'f00', text: 'seed 1' }] },
      share: 0.125,
      interval: { value: '-1 to +2', span: { low: -1, value: 0.5, high: 2, reach: 2 } },
    },
    { model: 'c', share: { value: null }, interval: null },
  ],
}
const section: Section = {
  kind: 'section',
  name: 'all',
  title: 'All',
  blocks: [
    { kind: 'verdict', text: 'a < b.' },
    { kind: 'warnings', warnings: ['Mind & gap.'] },
    {
      kind: 'facts',
      facts: [
        { name: 'Loss', text: '0.1', meaning: 'less is better' },
        { name: 'Accuracy', text: '90 %' },
      ],
    },
    { kind: 'section', name: 'more', title: 'More', blocks: [{ kind: 'table', name: 'table', table }] },
    { kind: 'warnings', warnings: [] },
  ],
}

test('a table shows numbers and spans as numbers, a dash for what is not known, and no column that never is', () => {
  const { columns, rows } = shownTable(table)
  expect(columns.map(({ key, isNumber }) => [key, isNumber])).toEqual([
    ['model', false],
    ['share', true],
    ['interval', true],
  ])
  expect(rows.map(row => row.map(({ text }) => text))).toEqual([
    ['a <b>', '0.13', '-1 to +2'],
    ['c', '–', '–'],
  ])
})

test('as text: blocks below one another, facts in a column, titles over their sections', () => {
  expect(sectionText(section)).toBe(
    [
      'a < b.',
      '! Mind & gap.',
      'Loss      0.1\nAccuracy  90 %',
      'More',
      `Model   Share   Interval\n${'─'.repeat(24)}\na <b>    0.13   -1 to +2\nc           –          –\nShare: of all.`,
    ].join('\n\n'),
  )
})

test('where a terminal is too narrow, columns go on below beside the first', () => {
  expect(sectionText(section, { width: 16 }).split('\n\n').slice(-2)).toEqual([
    `Model   Share\n${'─'.repeat(13)}\na <b>    0.13\nc           –`,
    `Model   Interval\n${'─'.repeat(16)}\na <b>   -1 to +2\nc              –\nShare: of all.`,
  ])
})

test('html escapes texts, keeps markup and leaves out null', () => {
  const bold = html`<b>${'<'}</b>`
  expect(String(html`<p title="${'"'}">${[bold, '&', 1]}${null}</p>`)).toBe(
    '<p title="&quot;"><b>&lt;</b>&amp;1</p>',
  )
  expect(String(joined([bold, null, '\0'], ' '))).toBe('<b>&lt;</b> \ufffd')
})
