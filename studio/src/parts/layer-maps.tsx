import type { LayerActivations } from '../../../src/protocol/explanations.ts'
import { MapView, mostOf } from './map-view.tsx'
import './maps.css'

/** Of a layer, as many channels are shown. */
const SHOWN = 128

/** What a layer makes of an image, channel by channel. */
export function LayerMaps({ made: { shape, maps } }: { readonly made: LayerActivations }) {
  const most = mostOf(maps)
  return (
    <>
      <p className="quiet">
        {shape.join(' × ')}, the strongest is {most.toPrecision(3)}
        {maps.length > SHOWN ? `; the first ${SHOWN} of ${maps.length} channels` : ''}.
      </p>
      <ul className="maps" data-wide={maps[0]!.height === 1}>
        {maps.slice(0, SHOWN).map((map, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: channels have no other name.
          <li key={i}>
            <MapView map={map} most={most} label={`Channel ${i}`} />
          </li>
        ))}
      </ul>
    </>
  )
}
