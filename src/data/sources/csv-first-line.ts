import { didYouMean } from '../../base/errors.ts'

export interface CsvLayout {
  /** Pixels of an image: a line has one value more. */
  readonly imageSize: number
  /** A name in the first line, an index from 0, or −1 for the last column; null: the first. */
  readonly labelColumn: string | number | null
  /** Whether the first line is names; null: what it looks like. */
  readonly header: boolean | null
}

export interface FirstLine {
  readonly isHeader: boolean
  /** Index of the column of labels. */
  readonly labelColumn: number
  /** Whether the file or the user says that this is the column of labels. */
  readonly isLabelNamed: boolean
}

const LABEL_NAME = /^(labels?|class|classes|target|y|category)$/i
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$|^[+-]?(nan|inf|infinity)$|^n\/?a$|^null$|^none$/i
/** Columns that are numbered up to here could be pixels, 0 to 255. */
const LARGEST_PIXEL = 255

/**
 * Whether the first line of a CSV is names or an image, and where the labels are. A line is names where all its cells are different
 * words, or numbers that count up (pandas writes them) beside a word such as label. A `refuse`d line is neither, or could be both:
 * an image is never dropped, and none invented.
 */
export function readFirstLine(
  line: string,
  { imageSize, labelColumn, header }: CsvLayout,
  refuse: (what: string) => Error,
): FirstLine {
  const cells = cellsOf(line)
  if (!cells) throw refuse('has a quoted value that does not end')
  if (cells.length === 1)
    throw refuse(`has no commas, ${shortList(cells)}: expected values separated by commas`)
  const isHeader = header ?? looksLikeNames(cells, refuse)
  if (isHeader && cells.length !== imageSize + 1) {
    const index =
      cells.length === imageSize + 2 && (cells[0] === '' || /^(index|id|unnamed: 0)$/i.test(cells[0]!))
    throw refuse(
      `has ${cells.length} names, expected ${imageSize + 1}: a label and the pixels` +
        (index
          ? '. The first column looks like an index: write the file without it (pandas: index=False)'
          : ''),
    )
  }
  if (typeof labelColumn === 'string') {
    const at = isHeader ? cells.indexOf(labelColumn) : -1
    if (at >= 0) return { isHeader, labelColumn: at, isLabelNamed: true }
    throw refuse(
      isHeader
        ? `has no column "${labelColumn}".${didYouMean(labelColumn, cells)} Its columns are ${shortList(cells)}`
        : `is not a line of names, so labelColumn "${labelColumn}" cannot be found: give its index, or -1 for the last column`,
    )
  }
  if (labelColumn !== null) {
    if (labelColumn > imageSize)
      throw refuse(`has the columns 0 to ${imageSize}, and labelColumn is ${labelColumn}`)
    return { isHeader, labelColumn: labelColumn < 0 ? imageSize : labelColumn, isLabelNamed: true }
  }
  const named = isHeader ? cells.findIndex(cell => LABEL_NAME.test(cell)) : -1
  if (named > 0) {
    throw refuse(
      `names its column ${named + 1} "${cells[named]}", and labels are read from the first one. ` +
        `Give labelColumn: "${cells[named]}", or labelColumn: 0 for the first`,
    )
  }
  return { isHeader, labelColumn: 0, isLabelNamed: named === 0 }
}

function looksLikeNames(cells: readonly string[], refuse: (what: string) => Error): boolean {
  const numbers = cells.filter(cell => NUMBER.test(cell))
  const names = cells.filter((cell, i) => !NUMBER.test(cell) && (cell !== '' || i === 0))
  const counts = numbers.length > 1 && countsUp(numbers)
  if (numbers.length === cells.length) {
    if (!counts) return false
    if (Number(numbers.at(-1)) > LARGEST_PIXEL) return true
    throw refuse(
      `counts up, ${shortList(cells)}: it could be names that pandas wrote, or an image. Say which with header: true or header: false`,
    )
  }
  const areNames = names.length + numbers.length === cells.length && new Set(names).size === names.length
  if (areNames && numbers.length === 0) return true
  if (areNames && counts && names.every(name => LABEL_NAME.test(name))) return true
  const odd = cells.findIndex(cell => !NUMBER.test(cell))
  throw refuse(
    `is neither names nor an image: its value ${odd + 1} is ${JSON.stringify(cells[odd]!.slice(0, 40))}. ` +
      'If it is names, say header: true',
  )
}

/** 0, 1, 2, … or 1, 2, 3, … */
function countsUp(numbers: readonly string[]): boolean {
  const first = Number(numbers[0])
  return (first === 0 || first === 1) && numbers.every((text, i) => text === String(first + i))
}

/** The values of a line, without quotes and the spaces around; null where a quote does not end. */
function cellsOf(line: string): string[] | null {
  const cells: string[] = []
  let cell = ''
  let isQuoted = false
  for (const char of line) {
    if (char === '"') isQuoted = !isQuoted
    else if (char === ',' && !isQuoted) {
      cells.push(cell.trim())
      cell = ''
    } else cell += char
  }
  return isQuoted ? null : [...cells, cell.trim()]
}

function shortList(cells: readonly string[]): string {
  const shown = cells.slice(0, 6).map(cell => JSON.stringify(cell.slice(0, 40)))
  return cells.length > 6 ? `${shown.join(', ')}, …` : shown.join(', ')
}
