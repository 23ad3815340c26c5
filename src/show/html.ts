import { type Html, html } from './markup.ts'

/** Light and dark by the reader's setting; one column on a phone, pictures beside one another where there is room. */
const style = `
:root { color-scheme: light dark; --text: #1d1d1f; --dim: #5c5c62; --page: #ffffff; --box: #f4f5f7; --line: #d8dadf; --link: #0058a3;
  --good: #00704f; --bad: #b23c00; }
@media (prefers-color-scheme: dark) { :root { --text: #e8e8ea; --dim: #a5a5ad; --page: #16171a; --box: #202226; --line: #3a3d44;
  --link: #7cc0ff; --good: #4fc79d; --bad: #ff9a66; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem clamp(.75rem, 3vw, 3rem) 4rem; max-width: 110rem; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; overflow-wrap: break-word; }
h1 { font-size: clamp(1.5rem, 4vw, 2.2rem); line-height: 1.2; margin: .5rem 0; }
h2 { font-size: 1.35rem; margin: 2.2rem 0 .6rem; }
h3 { font-size: 1.05rem; margin: 1.2rem 0 .4rem; }
p, li { max-width: 75ch; }
a { color: var(--link); }
.dim { color: var(--dim); font-size: .9rem; }
.warning { border: 2px solid var(--bad); border-radius: .5rem; padding: .6rem 1rem; font-weight: 600; max-width: 75ch; }
.scroll { overflow-x: auto; margin: .5rem 0; border: 1px solid var(--line); border-radius: .4rem; max-width: max-content; }
table { border-collapse: collapse; font-size: .9rem; }
th, td { padding: .3rem .7rem; text-align: left; vertical-align: top; border-top: 1px solid var(--line); white-space: nowrap; }
thead th { border-top: 0; background: var(--box); white-space: normal; vertical-align: bottom; }
td.long { white-space: normal; min-width: 18rem; max-width: 40rem; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
pre { overflow-x: auto;  background: var(--box); border: 1px solid var(--line); border-radius: .4rem; padding: .7rem; font-size: .8rem;
  line-height: 1.4; max-width: max-content; min-width: min(100%, 20rem); }
pre.wrap { white-space: pre-wrap; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 34rem), 1fr)); gap: 1.2rem; align-items: start; }
.pictures.row { margin-bottom: 1.2rem; grid-template-columns: repeat(var(--columns), minmax(0, 1fr)); }
@media (max-width: 45rem) { .pictures.row { margin-bottom: 1.2rem; grid-template-columns: 1fr; } }
figure { margin: 0; min-width: 0; } figure.wide { grid-column: 1 / -1; }
figure img { display: block; max-width: 100%; height: auto; background: #fff; border: 1px solid var(--line); border-radius: .4rem; }
figcaption { font-size: .9rem; color: var(--dim); margin-top: .3rem; }
td.hit { background: color-mix(in srgb, #0b66a8 var(--shade), var(--page)); } td.miss { background: color-mix(in srgb, #c14a00 var(--shade), var(--page)); }
td.deep { color: #fff; }
.good { color: var(--good); font-weight: 600; } .bad { color: var(--bad); font-weight: 600; } .open { font-weight: 600; }
details { margin: .6rem 0; } summary { cursor: pointer; font-weight: 600; padding: .2rem 0; }
ul.plain { padding-left: 1.1rem; }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; margin: .6rem 0; }
@media print { body { max-width: none; } .pictures:not(.row) { grid-template-columns: 1fr 1fr; } }
`

/** A page that needs nothing but the pictures it links: its style is inside, with what the page adds to it; there are no scripts. */
export function page(title: string, body: Html, ownStyle = ''): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    String(html`<title>${title}</title>`),
    `<style>${style}${ownStyle}</style>`,
    '</head>',
    '<body>',
    String(body),
    '</body>',
    '</html>\n',
  ].join('\n')
}
