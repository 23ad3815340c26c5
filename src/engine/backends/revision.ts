/**
 * The revision of the arithmetic of `native/`, raised with every change that gives other bits for the same program: a run that was
 * begun by an earlier one goes on, and says so.
 *
 * 2: tiles of 4 x 4 outputs for convolutions of 3 x 3. 3: the moments of a batch normalisation are joined from those of 32 rows each, and programs
 * for one image choose their tiles anew. 4: tiles of 2 x 2 outputs for convolutions of 5 x 5.
 */
export const REVISION = 4
