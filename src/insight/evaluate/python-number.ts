/**
 * A number as Python's `'{:.2f}'` prints it: exact ties go to the even digit (JavaScript's go up), `nan` is `nan`.
 *
 * @example
 * pythonFixed(0.125, 2) // '0.12'
 */
export function pythonFixed(value: number, digits: number): string {
  if (Number.isNaN(value)) return 'nan'
  const rounded = value.toFixed(digits)
  // All digits of a double between 0 and 1 that could be a tie at the digits that are asked for.
  const exact = value.toFixed(Math.min(100, digits + 60))
  const rest = exact.slice(exact.indexOf('.') + 1 + digits)
  const isTie = /^50*$/.test(rest)
  const cut = digits === 0 ? exact.slice(0, exact.indexOf('.')) : exact.slice(0, exact.length - rest.length)
  return isTie && Number(cut.at(-1)) % 2 === 0 ? cut : rounded
}
