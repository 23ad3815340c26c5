import type { Preparation } from '../../../src/data/preparation.ts'
import { Choice } from '../parts/controls.tsx'
import { Pixels } from '../parts/pixels.tsx'
import type { PhotoOptions, PhotoStep } from './photo.ts'

const CROPS = { thing: 'to the object', none: 'nothing' } as const
const FITS = {
  stretch: 'stretched',
  crop: 'cut around its middle',
  pad: 'whole, with black bars',
} as const
const INVERTS = { auto: 'if the background is light', yes: 'always', no: 'never' } as const

/** How a photo became what the network takes, and what can be done otherwise. */
export function PhotoPanel({
  steps,
  options,
  preparation,
  onChange,
}: {
  readonly steps: readonly PhotoStep[]
  readonly options: PhotoOptions
  /** That of the images the network was trained on. */
  readonly preparation: Preparation
  readonly onChange: (options: PhotoOptions) => void
}) {
  const isAsTrained = (['crop', 'tolerance', 'fit', 'invert'] as const).every(
    name => options[name] === preparation[name],
  )
  return (
    <section className="card photo" aria-label="From the photo to the network's input">
      <ol className="photo-steps">
        {steps.map(({ name, note, picture }) => (
          <li key={name}>
            <Pixels
              picture={picture}
              className={picture.width <= 64 ? 'pixels' : 'pixels smooth'}
              label={`${name}: ${note}`}
            />
            <strong>{name}</strong>
            <span className="quiet">{note}</span>
          </li>
        ))}
      </ol>
      <div className="strip">
        <label>
          Crop <Choice of={CROPS} value={options.crop} onChange={crop => onChange({ ...options, crop })} />
        </label>
        <label>
          Background may differ by{' '}
          <input
            type="range"
            min={1}
            max={50}
            value={Math.round(100 * options.tolerance)}
            disabled={options.crop !== 'thing'}
            onChange={event => onChange({ ...options, tolerance: Number(event.target.value) / 100 })}
          />{' '}
          <output>{Math.round(100 * options.tolerance)} %</output>
        </label>
        <label>
          Fit{' '}
          <Choice of={FITS} value={options.fit ?? 'pad'} onChange={fit => onChange({ ...options, fit })} />
        </label>
        <label>
          Invert{' '}
          <Choice of={INVERTS} value={options.invert} onChange={invert => onChange({ ...options, invert })} />
        </label>
      </div>
      <p className="quiet">
        {isAsTrained ? (
          'Prepared like the images that this network was trained on.'
        ) : (
          <>
            Not prepared like the images that this network was trained on.{' '}
            <button type="button" onClick={() => onChange(preparation)}>
              Prepare as in training
            </button>
          </>
        )}
      </p>
    </section>
  )
}
