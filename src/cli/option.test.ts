import { expect, test } from 'vitest'
import { integer, number, oneOf, text } from '../base/schema.ts'
import { helpOf, listOf, nameOf, off, on, option, readOptions, usageOf } from './option.ts'

const options = {
  index: option(listOf(integer(undefined, { min: 0 })), 'these images'),
  gate: option(oneOf(['better', 'not-worse']), { help: 'fail unless it is', bare: 'better' }),
  below: option(number(), { help: 'a limit', fallback: 0.5 }),
  title: option(text(), { value: 'text', short: 't', help: 'of the page', otherwise: 'what was named' }),
  record: off('record nothing'),
  json: on('print JSON'),
}

const read = (typed: object) => readOptions(options, { ...typed }, {}).values

test('what is not typed has its fallback, or is undefined', () => {
  expect(read({})).toEqual({
    index: undefined,
    gate: undefined,
    below: 0.5,
    title: undefined,
    record: true,
    json: false,
  })
})

test('texts become the values that their fields take', () => {
  const typed = { index: ['3,14', ' 15'], gate: true, below: '.25', title: '7', record: false, json: true }
  expect(read(typed)).toEqual({
    index: [3, 14, 15],
    gate: 'better',
    below: 0.25,
    title: '7',
    record: false,
    json: true,
  })
  expect(read({ gate: 'not-worse' }).gate).toBe('not-worse')
})

test.each([
  [{ index: ['1,x'] }, '--index must be a whole number of at least 0, not "x".'],
  [{ below: '0x10' }, '--below must be a number, not "0x10".'],
  [{ gate: 'beter' }, 'Did you mean "better"?'],
  [{ title: '' }, '--title must be a non-empty text, not "".'],
])('%j is refused', (typed, message) => {
  expect(() => read(typed)).toThrow(message)
})

test('help: the name as it is typed, choices, and what holds otherwise', () => {
  expect(nameOf('record', options.record)).toBe('--no-record')
  expect(usageOf('gate', options.gate)).toBe('--gate [name]')
  expect(usageOf('title', options.title)).toBe('-t, --title <text>')
  expect(usageOf('perClass', option(integer(), 'each'))).toBe('--per-class <n>')
  expect(helpOf(options.gate)).toBe('fail unless it is: better or not-worse')
  expect(helpOf(options.below)).toBe('a limit (default: 0.5)')
  expect(helpOf(options.title)).toBe('of the page (default: what was named)')
  expect(helpOf(options.json)).toBe('print JSON')
})
