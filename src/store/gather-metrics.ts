type Row = Readonly<Record<string, unknown>>

/** Once each metric had a column of its own: up to version 5 of the tables of SQLite, and in archives of version 1. */
export const metricColumns: Readonly<Record<string, readonly string[]>> = {
  run: ['loss', 'accuracy', 'valLoss', 'valAccuracy', 'testLoss', 'testAccuracy', 'testTopKAccuracy'],
  epoch: [
    ...['loss', 'accuracy', 'topKAccuracy', 'valLoss', 'valAccuracy', 'valTopKAccuracy'],
    ...['trainLoss', 'trainAccuracy', 'trainTopKAccuracy', 'learningRate'],
  ],
}

/** A row of that time with its metrics as one value. */
export function gathered(table: string, row: Row): Row {
  const columns = metricColumns[table]
  if (!columns) return row
  const cells = Object.entries(row)
  const isMetric = ([name]: readonly [string, unknown]): boolean => columns.includes(name)
  const metrics = Object.fromEntries(cells.filter(cell => isMetric(cell) && cell[1] !== null))
  return { ...Object.fromEntries(cells.filter(cell => !isMetric(cell))), metrics }
}
