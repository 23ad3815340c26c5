import { type FormEvent, useState } from 'react'
import { plural } from '../../../src/base/text.ts'
import type { PictureSetPage, PictureSetRow } from '../../../src/protocol/pictures.ts'
import { send } from '../api.ts'
import { Icon, type IconName } from '../design/icons.tsx'
import { TextField } from '../parts/controls.tsx'
import { Problem } from '../parts/messages.tsx'
import { useGet } from '../parts/use-get.ts'
import { useSent } from '../parts/use-sent.ts'
import { go, Link } from '../router.tsx'
import { PictureImage } from './picture-image.tsx'

/** Your folders of pictures, and a new one. */
export function FolderList() {
  const { data, error, reload } = useGet<{ sets: readonly PictureSetRow[] }>('/pictures')
  return (
    <div className="stack pictures">
      <header className="stack tight">
        <h1>Your own pictures</h1>
        <p className="quiet lead">
          Teach a network to tell your things apart: collect pictures of each class, train, and try it. The
          pictures stay on this machine, in the folder <code>pictures</code>.
        </p>
      </header>
      <Problem error={error} onRetry={reload} />
      {data && data.sets.length > 0 && (
        <ul className="folder-list" aria-label="Folders of pictures">
          {data.sets.map(({ name, classes, pictures, covers }) => (
            <li key={name}>
              <Link href={`/pictures/${encodeURIComponent(name)}`}>
                <span className="covers" aria-hidden="true">
                  {covers.map(picture => (
                    <PictureImage key={picture.id} folder={name} picture={picture} />
                  ))}
                </span>
                <strong>{name}</strong>
                <span className="quiet">
                  {plural(classes, 'class', 'classes')}, {plural(pictures, 'picture')}
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
      {data && <NewFolder isFirst={data.sets.length === 0} />}
      {data && <Steps />}
    </div>
  )
}

const steps: readonly { readonly icon: IconName; readonly name: string; readonly text: string }[] = [
  {
    icon: 'camera',
    name: 'Collect',
    text: 'Drop pictures or whole folders on the page, or record them with the camera: 20 of each class are a beginning.',
  },
  {
    icon: 'layers',
    name: 'Train',
    text: 'Some pictures of each class are kept apart for the test, so that the number you get is an honest one.',
  },
  {
    icon: 'target',
    name: 'Look at the mistakes',
    text: 'Every picture that the network gets wrong is shown with what it was taken for. Wrong labels are corrected there.',
  },
  {
    icon: 'pencil',
    name: 'Try it and take it away',
    text: 'Hold something in front of the camera. Then save the network as a web page or for another program.',
  },
]

/** What comes after a folder is begun. */
function Steps() {
  return (
    <ol className="cards picture-steps" aria-label="How it goes">
      {steps.map(({ icon, name, text }) => (
        <li key={name} className="card">
          <Icon name={icon} size={22} />
          <h2>{name}</h2>
          <p className="quiet">{text}</p>
        </li>
      ))}
    </ol>
  )
}

function NewFolder({ isFirst }: { readonly isFirst: boolean }) {
  const [name, setName] = useState('')
  const { isBusy, error, sent } = useSent()
  const make = (event: FormEvent): void => {
    event.preventDefault()
    const made = send<PictureSetPage>('POST', '/pictures', { name })
    sent(made.then(page => go(`/pictures/${encodeURIComponent(page.name)}`)))
  }
  return (
    <form className="card strip new-folder" onSubmit={make}>
      <TextField
        label={isFirst ? 'What are the pictures of?' : 'New folder'}
        value={name}
        placeholder="flowers"
        onChange={setName}
      />
      <button type="submit" className="main" disabled={isBusy || name.trim() === ''}>
        {isFirst ? 'Begin' : 'Make it'}
      </button>
      <Problem error={error} />
    </form>
  )
}
