import { expect, test } from 'vitest'
import { Terminal } from './terminal.ts'

function logged({
  isTTY = true,
  color = true,
  env = {},
}: {
  isTTY?: boolean
  color?: boolean
  env?: object
}) {
  const written: string[] = []
  const stderr = { isTTY, write: (text: string) => written.push(text) }
  const terminal = new Terminal({ stdout: stderr, stderr, env: { ...env }, color })
  terminal.draw({ text: 'live' })
  terminal.log({ text: 'x', style: 'bold' })
  return written
}

const gone = ['\rlive\x1b[K', '\r\x1b[K']
const [plain, bold] = ['x\n', '\x1b[1mx\x1b[0m\n']

test.each([
  ['a terminal', {}, [...gone, bold]],
  ['no terminal', { isTTY: false }, [plain]],
  ['--no-color wins over FORCE_COLOR', { color: false, env: { FORCE_COLOR: '1' } }, [...gone, plain]],
  ['NO_COLOR', { env: { NO_COLOR: '1' } }, [...gone, plain]],
  ['an empty NO_COLOR counts as none', { env: { NO_COLOR: '' } }, [...gone, bold]],
  ['FORCE_COLOR without a terminal', { isTTY: false, env: { FORCE_COLOR: '1' } }, [bold]],
  ['FORCE_COLOR=0', { env: { FORCE_COLOR: '0' } }, [...gone, plain]],
  ['TERM=dumb: nothing is redrawn either', { env: { TERM: 'dumb' } }, [plain]],
])('%s', (_, options, expected) => {
  expect(logged(options)).toEqual(expected)
})

test('columns for tables: those of a terminal, none where the output is read by a program', () => {
  const columnsOf = (stdout: { isTTY?: boolean; columns?: number }, env = {}) =>
    new Terminal({
      stdout: { write: () => true, ...stdout },
      stderr: { write: () => true },
      env,
      color: true,
    }).columns
  expect(columnsOf({ isTTY: true, columns: 60 })).toBe(60)
  expect(columnsOf({ isTTY: true }, { COLUMNS: '70' })).toBe(70)
  expect(columnsOf({ columns: 60 }, { COLUMNS: '70' })).toBeUndefined()
})

test('a line feed in a name makes no line of Heddle; a list and a table of its own stay as they are', () => {
  const written: string[] = []
  const stderr = { write: (text: string) => written.push(text) }
  const terminal = new Terminal({ stdout: stderr, stderr, env: {}, color: false })
  terminal.notice('a model named "x\nheddle: Finished."')
  terminal.notice('2 files cannot be read:\n  - a.png\n  - b.png')
  terminal.block('Model\n─────\nfirst')
  expect(written).toEqual([
    'heddle: a model named "x\n  heddle: Finished."\n',
    'heddle: 2 files cannot be read:\n  - a.png\n  - b.png\n',
    'Model\n─────\nfirst\n',
  ])
})

test('several lines are redrawn in place, and what is shorter leaves nothing behind', () => {
  const written: string[] = []
  const stderr = { isTTY: true, write: (text: string) => written.push(text) }
  const terminal = new Terminal({ stdout: stderr, stderr, env: {}, color: false })
  terminal.drawLines([[{ text: 'a' }], [{ text: 'b' }]])
  terminal.drawLines([[{ text: 'c' }], [{ text: 'd' }]])
  terminal.draw({ text: 'e' })
  terminal.drawLines([[{ text: 'f' }], [{ text: 'g' }]])
  terminal.log({ text: 'stays' })
  expect(written).toEqual([
    '\ra\x1b[K\nb\x1b[K',
    '\x1b[1A\rc\x1b[K\nd\x1b[K',
    '\x1b[1A\re\x1b[K\x1b[J',
    '\rf\x1b[K\ng\x1b[K',
    '\x1b[1A\r\x1b[J',
    'stays\n',
  ])
})
