import { points } from '../base/text.ts'
import { thinnedCurve } from '../insight/evaluate/ranking.ts'
import type { Calibration, ClassCurves, Curve } from '../protocol/evaluation.ts'
import { axisStyle, colors, header, ink, renderChart } from './chart.ts'

interface SharePanel {
  readonly title: string
  readonly xTitle: string
  readonly yTitle: string
  /** Points of shares from 0 to 1, by name. */
  readonly lines: readonly {
    readonly name: string
    readonly points: readonly (readonly [number, number])[]
  }[]
  /** Where chance, or perfect calibration, would be. */
  readonly diagonal: boolean
}

const PANEL = { width: 470, height: 430 }
const MARGIN = { left: 62, right: 24, top: 34, bottom: 54 }
/** More points than a line of this width can show. */
const POINTS = 200

/**
 * ROC and precision-recall curves of every class, side by side; the legend has the areas.
 *
 * @example
 * const test = { probabilities: Float32Array.of(0.9, 0.1, 0.4, 0.6), labels: Int32Array.of(0, 1), classNames: ['cat', 'dog'] }
 * curvesChart('A model', classCurves(test)).includes('cat: 1.000, 1.000') // true
 */
export function curvesChart(title: string, classes: readonly ClassCurves[]): string {
  const area = (curve: Curve | null): string => curve?.area.toFixed(3) ?? 'n/a'
  const lines = (curveOf: (of: ClassCurves) => Curve | null) =>
    classes.map(of => {
      const curve = curveOf(of)
      return {
        name: `${of.name}: ${area(of.roc)}, ${area(of.precisionRecall)}`,
        points: curve ? pointsOf(thinnedCurve(curve, POINTS)) : [],
      }
    })
  return sharePanels(title, [
    {
      title: 'ROC',
      xTitle: 'False positive rate',
      yTitle: 'True positive rate',
      lines: lines(({ roc }) => roc),
      diagonal: true,
    },
    {
      title: 'Precision and recall',
      xTitle: 'Recall',
      yTitle: 'Precision',
      lines: lines(({ precisionRecall }) => precisionRecall),
      diagonal: false,
    },
  ])
}

/**
 * How often predictions of a confidence are right, of one or several versions of the probabilities: before and after a
 * temperature, say. On the diagonal a confidence means what it says.
 *
 * @example
 * const test = { probabilities: Float32Array.of(0.9, 0.1, 0.4, 0.6), labels: Int32Array.of(0, 1), classNames: ['cat', 'dog'] }
 * reliabilityChart('A model', [{ name: 'as trained', calibration: calibrationOf(test) }]).includes('Confidence') // true
 */
export function reliabilityChart(
  title: string,
  versions: readonly { readonly name: string; readonly calibration: Calibration }[],
): string {
  return sharePanels(title, [
    {
      title: 'Reliability',
      xTitle: 'Confidence',
      yTitle: 'Share that is right',
      lines: versions.map(({ name, calibration: { bins, expectedError } }) => ({
        name: `${name}: ${points(expectedError, 1)} points off`,
        points: bins
          .filter(({ count }) => count > 0)
          .map(({ confidence, accuracy }) => [confidence!, accuracy!] as const),
      })),
      diagonal: true,
    },
  ])
}

function sharePanels(title: string, panels: readonly SharePanel[]): string {
  const width = panels.length * PANEL.width + 20
  const head = header(
    title,
    panels[0]!.lines.map(({ name }) => name),
    width,
  )
  const axis = { ...axisStyle, type: 'value', min: 0, max: 1, interval: 0.2, nameLocation: 'middle' } as const
  return renderChart(
    {
      ...head.option,
      title: [
        head.option.title,
        ...panels.map((panel, i) => ({
          text: panel.title,
          left: 10 + i * PANEL.width + MARGIN.left - 6,
          top: head.height + 4,
          textStyle: { fontSize: 13, fontWeight: 'normal' },
        })),
      ],
      grid: panels.map((_, i) => ({
        left: 10 + i * PANEL.width + MARGIN.left,
        top: head.height + MARGIN.top,
        width: PANEL.width - MARGIN.left - MARGIN.right,
        height: PANEL.height - MARGIN.top - MARGIN.bottom,
      })),
      xAxis: panels.map(({ xTitle }, i) => ({ ...axis, gridIndex: i, name: xTitle, nameGap: 28 })),
      yAxis: panels.map(({ yTitle }, i) => ({ ...axis, gridIndex: i, name: yTitle, nameGap: 40 })),
      series: panels.flatMap((panel, i) => [
        ...panel.lines.map(({ name, points }, k) => ({
          ...lineOn(i),
          name,
          data: points.map(point => [...point]),
          showSymbol: points.length <= 15,
          itemStyle: { color: colors[k % colors.length] },
          // Beyond the colours there are, lines are dashed.
          lineStyle: { width: 2, type: k < colors.length ? 'solid' : 'dashed' },
        })),
        ...(panel.diagonal
          ? [
              {
                ...lineOn(i),
                data: [
                  [0, 0],
                  [1, 1],
                ],
                showSymbol: false,
                lineStyle: { color: ink.axis, width: 1, type: 'dotted' },
              },
            ]
          : []),
      ]),
    },
    { width, height: head.height + PANEL.height + 6 },
  )
}

function lineOn(panel: number) {
  return { type: 'line', xAxisIndex: panel, yAxisIndex: panel } as const
}

function pointsOf({ x, y }: Curve): readonly (readonly [number, number])[] {
  return x.map((value, i) => [value, y[i]!] as const)
}
