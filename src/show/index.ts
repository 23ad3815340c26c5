// Tables, pictures and pages from plain values: what `heddle report` and the reproduced reports are made of.

export { formatShape } from '../base/shape.ts'
export { count, plural, shortFingerprint } from '../base/text.ts'
export { augmentationGrid } from './augmentation-grid.ts'
export { type DataTable, tableCsv, tableHtml, tableText } from './data-table.ts'
export { heatMap } from './heat-map.ts'
export { histogram } from './histogram.ts'
export { page } from './html.ts'
export { imageGrid, sprite } from './image-grid.ts'
export { type Line, linePanels, type Panel } from './line-panels.ts'
export { type Html, html, joined } from './markup.ts'
export { type Picture, svgOf } from './picture.ts'
export { rasterize } from './rasterize.ts'
