import { useEffect, useState } from 'react'
import type { PictureSetPage } from '../../../src/protocol/pictures.ts'
import { send } from '../api.ts'
import { useGet } from '../parts/use-get.ts'
import { useSent } from '../parts/use-sent.ts'

/** A change of the folder, as the server's routes have it: `change('move', { pictures, to })`. */
type Change = (path: string, body?: object) => void

/** A folder of pictures as it is now; each change answers with what it is then. */
export function useFolder(name: string) {
  const path = `/pictures/${encodeURIComponent(name)}`
  const { data, error, reload } = useGet<PictureSetPage>(path)
  const [page, setPage] = useState<PictureSetPage | null>(null)
  const { error: refused, sent } = useSent()
  useEffect(() => {
    if (data) setPage(data)
  }, [data])
  const change: Change = (what, body) =>
    sent(
      send<PictureSetPage>('POST', `${path}/${what}`, body)
        .then(setPage)
        // An answer from before the change may be on its way still: asking again drops it.
        .finally(reload),
    )
  return { page, error, reload, change, refused }
}
