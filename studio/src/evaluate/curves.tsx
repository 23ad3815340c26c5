import { useMemo } from 'react'
import { decimal, percent } from '../../../src/base/text.ts'
import type {
  Calibration,
  ClassCurves,
  ModelEvaluation,
  RobustnessCurve,
} from '../../../src/protocol/evaluation.ts'
import { axisOf, Chart, usePalette } from '../parts/chart.tsx'

const percentTick = (share: number): string => `${Math.round(100 * share)}`

/** Whether 80 % sure is right in 80 % of all cases. */
export function Reliability({ evaluation }: { readonly evaluation: ModelEvaluation }) {
  const palette = usePalette()
  const { calibration, tempered } = evaluation
  const option = useMemo(() => {
    if ('refused' in calibration) return null
    const points = ({ bins }: Calibration) =>
      bins.flatMap(({ confidence, accuracy }) =>
        confidence === null || accuracy === null ? [] : [[confidence, accuracy]],
      )
    const axis = axisOf(palette)
    const share = {
      type: 'value',
      min: 0,
      max: 1,
      ...axis,
      axisLabel: { color: palette.quiet, fontSize: 11, formatter: percentTick },
    }
    return {
      grid: { left: 40, right: 14, top: 26, bottom: 38 },
      xAxis: { ...share, name: 'sure, %', nameLocation: 'middle', nameGap: 24, splitLine: { show: false } },
      yAxis: { ...share, name: 'right, %' },
      series: [
        {
          type: 'line',
          data: [
            [0, 0],
            [1, 1],
          ],
          symbol: 'none',
          lineStyle: { color: palette.quiet, type: 'dashed', width: 1 },
          silent: true,
        },
        { type: 'line', name: 'as it is', data: points(calibration), symbolSize: 6, color: palette.accent },
        ...('refused' in tempered
          ? []
          : [
              {
                type: 'line',
                name: 'tempered',
                data: points(tempered.calibration),
                symbolSize: 5,
                color: palette.series[1],
                lineStyle: { type: [4, 3] },
              },
            ]),
      ],
    }
  }, [calibration, tempered, palette])
  if ('refused' in calibration) return <p className="quiet">{calibration.refused}</p>
  const { expectedError, brierScore, logLoss } = calibration
  return (
    <figure className="panel">
      <figcaption>Reliability</figcaption>
      <Chart
        option={option!}
        className="chart small"
        label={`Reliability: the expected error is ${percent(expectedError)}.`}
      />
      <p className="quiet">
        Expected error {percent(expectedError)}, Brier {decimal(brierScore)}, log loss {decimal(logLoss)}.{' '}
        {'refused' in tempered
          ? tempered.refused
          : `At temperature ${tempered.temperature.toFixed(2)}, fitted on ${tempered.fittedOn} validation images: ${percent(tempered.calibration.expectedError)}.`}
      </p>
    </figure>
  )
}

/** One class against the rest, for every threshold. */
export function RankCurves({
  curves,
  of,
  chosen,
}: {
  readonly curves: readonly ClassCurves[]
  readonly of: 'roc' | 'precisionRecall'
  /** The name of a class that stands out; `null`: all alike. */
  readonly chosen: string | null
}) {
  const palette = usePalette()
  const option = useMemo(() => {
    const axis = axisOf(palette)
    const share = {
      type: 'value',
      min: 0,
      max: 1,
      ...axis,
      axisLabel: { color: palette.quiet, fontSize: 11, formatter: percentTick },
    }
    const [x, y] = of === 'roc' ? ['false positives, %', 'true positives, %'] : ['recall, %', 'precision, %']
    return {
      grid: { left: 40, right: 14, top: 26, bottom: 38 },
      xAxis: { ...share, name: x, nameLocation: 'middle', nameGap: 24, splitLine: { show: false } },
      yAxis: { ...share, name: y },
      series: curves.map((curve, k) => ({
        type: 'line',
        name: curve.name,
        data: curve[of]?.x.map((value, i) => [value, curve[of]!.y[i]!]) ?? [],
        symbol: 'none',
        color: palette.series[k % palette.series.length],
        lineStyle: {
          width: curve.name === chosen ? 2.4 : 1.2,
          opacity: chosen === null || curve.name === chosen ? 1 : 0.25,
        },
        z: curve.name === chosen ? 3 : 2,
      })),
    }
  }, [curves, of, chosen, palette])
  const said = curves.map(curve => `${curve.name} ${curve[of]?.area.toFixed(3) ?? 'n/a'}`).join(', ')
  const name = of === 'roc' ? 'ROC' : 'Precision and recall'
  return (
    <figure className="panel">
      <figcaption>{name}</figcaption>
      <Chart option={option} className="chart small" label={`${name}; areas: ${said}.`} />
    </figure>
  )
}

/** How accuracy falls as test images are spoilt. */
export function Robustness({ curves }: { readonly curves: readonly RobustnessCurve[] }) {
  const palette = usePalette()
  const options = useMemo(() => {
    const axis = axisOf(palette)
    return curves.map(({ strengths, accuracies, unit }) => ({
      grid: { left: 40, right: 14, top: 26, bottom: 38 },
      xAxis: {
        type: 'value',
        ...axis,
        name: unit,
        nameLocation: 'middle',
        nameGap: 24,
        splitLine: { show: false },
      },
      yAxis: {
        type: 'value',
        min: 0,
        max: 1,
        ...axis,
        axisLabel: { color: palette.quiet, fontSize: 11, formatter: percentTick },
      },
      series: [
        {
          type: 'line',
          data: strengths.map((strength, i) => [strength, accuracies[i]!]),
          symbolSize: 5,
          color: palette.accent,
        },
      ],
    }))
  }, [curves, palette])
  return (
    <div className="curve-panels">
      {curves.map(({ kind, accuracies }, i) => (
        <figure className="panel" key={kind}>
          <figcaption>{kind}</figcaption>
          <Chart
            option={options[i]!}
            className="chart small"
            label={`Accuracy under ${kind}: from ${percent(accuracies[0])} to ${percent(accuracies.at(-1))}.`}
          />
        </figure>
      ))}
    </div>
  )
}
