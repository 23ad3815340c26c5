import { useEffect } from 'react'

let usual = 'Heddle'
let own: string | null = null

function show(): void {
  document.title = own === null ? usual : `${own} · Heddle`
}

/** What a tab is called where its page has no title of its own. */
export function setUsualTitle(text: string): void {
  usual = text
  show()
}

/** The title of this page's tab. The part in which tabs differ comes first. `null`: not known yet. */
export function useTitle(text: string | null): void {
  useEffect(() => {
    own = text
    show()
    return () => {
      own = null
      show()
    }
  }, [text])
}
