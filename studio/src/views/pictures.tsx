import { Folder } from '../pictures/folder.tsx'
import { FolderList } from '../pictures/folder-list.tsx'
import type { ViewProps } from '../router.tsx'
import '../pictures/pictures.css'

/** `/pictures`: your folders of pictures; `/pictures/<folder>?run=<id>`: one of them, from pictures to a network. */
export function PicturesView({ place }: ViewProps) {
  const name = place.path[1]
  return name === undefined ? <FolderList /> : <Folder key={name} name={name} query={place.query} />
}
