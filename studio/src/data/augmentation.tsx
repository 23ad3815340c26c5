import { useMemo } from 'react'
import { mostImages } from '../../../src/protocol/data.ts'
import type { AugmentRequest } from '../../../src/protocol/requests.ts'
import { getBytes } from '../api.ts'
import { Check } from '../parts/controls.tsx'
import { Problem } from '../parts/messages.tsx'
import { type Picture, Pixels } from '../parts/pixels.tsx'
import { type Loaded, NOTHING, useLoaded } from '../parts/use-loaded.ts'
import { setQuery } from '../router.tsx'
import { picturesOf, useImages, useLabels } from './images.ts'
import type { PartProps } from './part.ts'
import { codeOf, type Slider, type Strengths, sliders, specsOf, strengthsOf, textOf } from './sliders.ts'
import { SplitChoice } from './split-choice.tsx'

const VERSIONS = 8
/** The server is asked when the slider pauses. */
const PAUSE_MS = 60

/** What training would make of images, while one moves the sliders. */
export function Augmentation({ page, split, query }: PartProps) {
  const strengths = strengthsOf(query.get('augment'))
  const seed = Math.max(0, Math.floor(Number(query.get('seed') ?? 0)) || 0)
  const labels = useLabels(page.name, split)
  const indices = useMemo(() => {
    const [height, width, channels] = page.imageShape
    const most = Math.max(1, Math.floor(mostImages(height * width * channels) / VERSIONS))
    return firstOfEach(labels.data, Math.min(most, page.classNames.length))
  }, [labels.data, page])
  const originals = useImages(page.name, { split, indices, shape: page.imageShape })
  const versions = useVersions(page, { split, indices, strengths, seed })
  const set = (kind: string, value: number | undefined): void => {
    const { [kind]: _, ...others } = strengths
    setQuery({ augment: textOf(value === undefined ? others : { ...others, [kind]: value }) })
  }
  const isOn = Object.keys(strengths).length > 0
  return (
    <div className="columns augmentation">
      <section className="stack tight sliders" aria-label="Augmentations">
        <SplitChoice split={split} />
        {sliders.map(slider => (
          <SliderRow
            key={slider.kind}
            slider={slider}
            value={strengths[slider.kind]}
            onChange={value => set(slider.kind, value)}
          />
        ))}
        <button type="button" onClick={() => setQuery({ seed: String(seed + 1) })} disabled={!isOn}>
          Draw again
        </button>
        {isOn && (
          <figure>
            <figcaption className="quiet">In an experiment, under train:</figcaption>
            <pre className="code">{codeOf(strengths)}</pre>
          </figure>
        )}
      </section>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with keys. */}
      <section className="versions" tabIndex={0} aria-label="Preview">
        <Problem error={labels.error ?? originals.error ?? versions.error} />
        <table>
          <thead>
            <tr>
              <th scope="col">Class</th>
              <th scope="col">Image</th>
              <th scope="col" colSpan={VERSIONS}>
                {isOn ? 'As training sees it, step by step' : 'Switch an augmentation on to see what it does'}
              </th>
            </tr>
          </thead>
          <tbody>
            {indices.map((index, row) => {
              const name = page.classNames[labels.data![index]!]!
              return (
                <tr key={index}>
                  <th scope="row">{name}</th>
                  <td>
                    <Pixels picture={originals.data?.get(index)} label={`${name}, as it is`} />
                  </td>
                  {Array.from({ length: VERSIONS }, (_, step) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: steps have no other name.
                    <td key={step}>
                      <Pixels
                        picture={versions.data?.[row * VERSIONS + step]}
                        label={`${name}, step ${step}`}
                      />
                    </td>
                  ))}
                </tr>
              )
            })}
          </tbody>
        </table>
      </section>
    </div>
  )
}

function SliderRow({
  slider: { kind, title, min, max, step, start, show },
  value,
  onChange,
}: {
  readonly slider: Slider
  readonly value: number | undefined
  readonly onChange: (value: number | undefined) => void
}) {
  return (
    <div className="slider-row" data-on={value !== undefined}>
      <Check checked={value !== undefined} onChange={isOn => onChange(isOn ? start : undefined)}>
        {title}
      </Check>
      <output>{value === undefined ? '' : show(value)}</output>
      <input
        type="range"
        aria-label={`${title}: how much`}
        aria-valuetext={show(value ?? start)}
        min={min}
        max={max}
        step={step}
        value={value ?? start}
        data-kind={kind}
        onChange={event => onChange(Number(event.target.value))}
      />
    </div>
  )
}

/** The first image of each class, of at most twelve. */
function firstOfEach(labels: Uint16Array | null, classes: number): number[] {
  if (!labels) return []
  return Array.from({ length: Math.min(12, classes) }, (_, k) => labels.indexOf(k)).filter(i => i >= 0)
}

function useVersions(
  { name, imageShape }: PartProps['page'],
  {
    split,
    indices,
    strengths,
    seed,
  }: { split: AugmentRequest['split']; indices: readonly number[]; strengths: Strengths; seed: number },
): Loaded<readonly Picture[]> {
  const augmentation = specsOf(strengths)
  const wanted: AugmentRequest = { split, indices, augmentation, versions: VERSIONS, seed }
  const path = `/data/${encodeURIComponent(name)}/augmented`
  const key = indices.length > 0 && augmentation.length > 0 ? JSON.stringify([path, wanted]) : null
  const loaded = useLoaded(
    key,
    async signal => picturesOf(await getBytes(path, signal, wanted), imageShape),
    { pauseMs: PAUSE_MS },
  )
  return key === null ? NOTHING : loaded
}
