const escaped = (text: string): string => text.replace(/[&<>"']/g, letter => `&#${letter.charCodeAt(0)};`)

/** The only page that is there without the key. */
export function signInPage(message: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Sign in · Heddle</title>
<main><h1>Heddle</h1><p>${escaped(message)}</p>
<p>The address is in the terminal in which "heddle studio" runs. You can also enter the token here.</p>
<form method="get" action="/"><label>Token <input type="password" name="token" autocomplete="off" required></label>
<button>Sign in</button></form></main></html>
`
}

/**
 * Leads on to the page that was asked for. A redirect would not do: the cookie is not sent on a way that began on another
 * site, and the file that opens the browser counts as one.
 */
export function signedIn(path: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Heddle</title>
<meta http-equiv="refresh" content="0;url=${escaped(path)}"><p><a href="${escaped(path)}">Open the studio</a></p></html>
`
}
