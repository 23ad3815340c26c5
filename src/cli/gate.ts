/** Something that a user wanted to be so is not: the command line says what, and exits with code 3. */
export class GateNotMet extends Error {
  override name = 'GateNotMet'
}
