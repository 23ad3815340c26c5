import { useMemo } from 'react'
import type { ClassCurves, ModelEvaluation } from '../../../src/protocol/evaluation.ts'
import { axisOf, Chart, type Palette, usePalette } from '../parts/chart.tsx'
import { decimal, percent } from '../parts/format.ts'

const grid = { left: 44, right: 12, top: 10, bottom: 40 }

const shareAxis = (palette: Palette, name: string): object => ({
  ...axisOf(palette),
  type: 'value',
  min: 0,
  max: 1,
  interval: 0.25,
  name,
  nameLocation: 'middle',
  nameGap: 24,
})

/** How often the network is right when it is so sure. */
export function Reliability({
  evaluation: { calibration, tempered },
}: {
  readonly evaluation: ModelEvaluation
}) {
  const palette = usePalette()
  const option = useMemo(() => {
    if ('refused' in calibration) return null
    const { bins } = calibration
    return {
      grid,
      xAxis: shareAxis(palette, 'confidence'),
      yAxis: { ...shareAxis(palette, 'share that is right'), nameGap: 32 },
      tooltip: { trigger: 'item' },
      series: [
        {
          type: 'line',
          data: [
            [0, 0],
            [1, 1],
          ],
          symbol: 'none',
          silent: true,
          lineStyle: { color: palette.quiet, type: 'dashed', width: 1 },
        },
        {
          type: 'line',
          lineStyle: { color: palette.accent, width: 2 },
          itemStyle: { color: palette.accent },
          symbol: 'circle',
          // As large as the bin has images.
          symbolSize: (_: unknown, { dataIndex }: { dataIndex: number }) => {
            const filled = bins.filter(bin => bin.count > 0)
            const most = Math.max(...filled.map(bin => bin.count))
            return 4 + 14 * Math.sqrt(filled[dataIndex]!.count / most)
          },
          data: bins.filter(bin => bin.count > 0).map(bin => [bin.confidence!, bin.accuracy!]),
          tooltip: {
            formatter: ({ dataIndex }: { dataIndex: number }) => {
              const bin = bins.filter(one => one.count > 0)[dataIndex]!
              return `${bin.count} images, ${percent(bin.confidence, 1)} sure, ${percent(bin.accuracy, 1)} right`
            },
          },
        },
      ],
    }
  }, [calibration, palette])
  return (
    <figure>
      <figcaption>
        <h2>Reliability</h2>
        <p className="quiet">
          {'refused' in calibration
            ? calibration.refused
            : `Off by ${percent(calibration.expectedError)} on average, ${percent(calibration.maximumError, 1)} at most; Brier score ${decimal(calibration.brierScore)}.`}
          {'temperature' in tempered &&
            ` At the temperature ${tempered.temperature.toFixed(2)}: ${percent(tempered.calibration.expectedError)}.`}
        </p>
      </figcaption>
      {option && 'bins' in calibration && (
        <Chart
          option={option}
          className="evaluate-chart"
          label={`Reliability: ${calibration.bins
            .filter(bin => bin.count > 0)
            .map(bin => `${percent(bin.confidence, 0)} sure, ${percent(bin.accuracy, 0)} right`)
            .join('; ')}`}
        />
      )}
    </figure>
  )
}

/** Every class against all others; the chosen one in front. */
export function Curves({
  curves,
  chosen,
}: {
  readonly curves: readonly ClassCurves[]
  readonly chosen: number | null
}) {
  const mean = (of: (curve: ClassCurves) => number): number =>
    curves.reduce((sum, curve) => sum + of(curve), 0) / curves.length
  const name = chosen === null ? null : curves[chosen]!.name
  const said = (of: (curve: ClassCurves) => number): string =>
    name === null
      ? `Area ${decimal(mean(of))}, the mean of all classes.`
      : `${name}: area ${decimal(of(curves[chosen!]!))}.`
  return (
    <>
      <CurveChart
        title="ROC"
        note={said(curve => curve.roc.area)}
        axes={['false positives', 'true positives']}
        curves={curves.map(({ name, roc }) => ({ name, ...roc }))}
        chosen={chosen}
        diagonal
      />
      <CurveChart
        title="Precision and recall"
        note={said(curve => curve.precisionRecall.area)}
        axes={['recall', 'precision']}
        curves={curves.map(({ name, precisionRecall }) => ({ name, ...precisionRecall }))}
        chosen={chosen}
      />
    </>
  )
}

function CurveChart({
  title,
  note,
  axes: [x, y],
  curves,
  chosen,
  diagonal = false,
}: {
  readonly title: string
  readonly note: string
  readonly axes: readonly [string, string]
  readonly curves: readonly {
    readonly name: string
    readonly x: readonly number[]
    readonly y: readonly number[]
  }[]
  readonly chosen: number | null
  readonly diagonal?: boolean
}) {
  const palette = usePalette()
  const option = useMemo(
    () => ({
      grid,
      xAxis: shareAxis(palette, x),
      yAxis: { ...shareAxis(palette, y), nameGap: 32 },
      tooltip: { trigger: 'item', formatter: '{a}' },
      series: [
        ...(diagonal
          ? [
              {
                type: 'line',
                data: [
                  [0, 0],
                  [1, 1],
                ],
                symbol: 'none',
                silent: true,
                lineStyle: { color: palette.quiet, type: 'dashed', width: 1 },
              },
            ]
          : []),
        ...curves.map((curve, k) => ({
          type: 'line',
          name: curve.name,
          data: thinned(curve.x, curve.y),
          symbol: 'none',
          triggerLineEvent: true,
          z: k === chosen ? 3 : 2,
          lineStyle: {
            color: chosen === null ? palette.series[k % 10] : k === chosen ? palette.accent : palette.quiet,
            width: k === chosen ? 2.5 : chosen === null ? 1.5 : 0.75,
            opacity: chosen === null || k === chosen ? 1 : 0.5,
          },
        })),
      ],
    }),
    [palette, x, y, curves, chosen, diagonal],
  )
  return (
    <figure>
      <figcaption>
        <h2>{title}</h2>
        <p className="quiet">{note}</p>
      </figcaption>
      <Chart option={option} className="evaluate-chart" label={`${title}, class by class. ${note}`} />
    </figure>
  )
}

const MOST_POINTS = 400

/** No screen shows more points. */
function thinned(x: readonly number[], y: readonly number[]): (readonly [number, number])[] {
  const step = Math.max(1, Math.floor(x.length / MOST_POINTS))
  return x.flatMap((value, i) => (i % step === 0 || i === x.length - 1 ? [[value, y[i]!] as const] : []))
}
