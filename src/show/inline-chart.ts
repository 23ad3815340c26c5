import { escapeXml } from './escape.ts'

/**
 * A chart as part of a page: as wide as there is room, named for who cannot see it, and in the page's colours (`chartStyle`).
 * `key` tells the charts of one page apart: what they refer to inside of themselves has one name otherwise.
 *
 * @example
 * inlineChart('<svg width="8" height="6" viewBox="0 0 8 6"><rect fill="#FFFFFF"></rect></svg>', { key: 'a', label: 'A "chart"' })
 * // '<svg class="chart" style="max-width:8px" role="img" aria-label="A &quot;chart&quot;" viewBox="0 0 8 6"><rect fill="#FFFFFF"></rect></svg>'
 */
export function inlineChart(
  svg: string,
  { key, label }: { readonly key: string; readonly label: string },
): string {
  return svg
    .replace(
      /^<svg width="(\d+)[^"]*" height="[^"]*"/,
      (_, width: string) =>
        `<svg class="chart" style="max-width:${width}px" role="img" aria-label="${escapeXml(label)}"`,
    )
    .replace(/ xmlns(?::xlink)?="[^"]*"| version="[^"]*"| baseProfile="[^"]*"/g, '')
    .replace(/\bzr-/g, `${key}-`)
    .trim()
}

/** The inks of `chart.ts`, and echarts' own of titles, as the page has them, light or dark. */
export const chartStyle = `
svg.chart { display: block; width: 100%; height: auto; }
svg.chart [fill="#FFFFFF"], svg.chart [fill="#fff"] { fill: var(--page); }
svg.chart [fill="#222222"] { fill: var(--text); }
svg.chart [fill="#3c3c41"] { fill: var(--text); }
svg.chart [fill="#666666"] { fill: var(--dim); }
svg.chart [stroke="#666666"] { stroke: var(--dim); }
svg.chart [stroke="#E3E3E3"] { stroke: var(--line); }
@media screen and (prefers-color-scheme: dark) {
svg.chart [stroke="#0072B2"] { stroke: #56a8e0; } svg.chart [fill="#0072B2"] { fill: #56a8e0; }
svg.chart [stroke="#000000"] { stroke: #e8e8ea; } svg.chart [fill="#000000"] { fill: #e8e8ea; } }
`
