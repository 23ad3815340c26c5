import type { Preparation } from '../../../src/data/preparation.ts'
import { Pixels } from '../parts/pixels.tsx'
import type { PhotoOptions, PhotoStep } from './photo.ts'

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
    <section className="photo" aria-label="From the photo to the network's input">
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
          Crop{' '}
          <select
            value={options.crop}
            onChange={event => onChange({ ...options, crop: event.target.value as PhotoOptions['crop'] })}
          >
            <option value="thing">to the thing</option>
            <option value="none">nothing</option>
          </select>
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
          <select
            value={options.fit}
            onChange={event => onChange({ ...options, fit: event.target.value as Preparation['fit'] })}
          >
            <option value="stretch">stretched</option>
            <option value="crop">cut around its middle</option>
            <option value="pad">whole, with black beside it</option>
          </select>
        </label>
        <label>
          Invert{' '}
          <select
            value={options.invert}
            onChange={event => onChange({ ...options, invert: event.target.value as PhotoOptions['invert'] })}
          >
            <option value="auto">where the background is light</option>
            <option value="yes">always</option>
            <option value="no">never</option>
          </select>
        </label>
      </div>
      <p className="quiet">
        {isAsTrained ? (
          'Prepared as the images were that this network was trained on.'
        ) : (
          <>
            This is not how the images were prepared that this network was trained on.{' '}
            <button type="button" onClick={() => onChange(preparation)}>
              Prepare as in training
            </button>
          </>
        )}
      </p>
    </section>
  )
}
