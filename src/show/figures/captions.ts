import type { CaptionedTable, Figure, Listing } from './figure.ts'

interface Numbered {
  readonly name: string
  readonly caption: string
}

/** What stands in a folder of figures. */
export interface Exhibits {
  readonly figures: readonly Figure[]
  readonly tables: readonly CaptionedTable[]
  readonly listings: readonly Listing[]
}

/** The captions of all files as Markdown, numbered, to copy from. */
export function captionsText(
  { figures, tables, listings }: Exhibits,
  {
    title,
    command,
    formats,
  }: { readonly title: string; readonly command: string; readonly formats: readonly string[] },
): string {
  const chapter = (
    name: string,
    word: string,
    all: readonly Numbered[],
    endings: (one: Numbered) => readonly string[],
  ): string[] =>
    all.length === 0
      ? []
      : [
          `## ${name}`,
          ...all.map(
            (one, i) =>
              `**${word} ${i + 1}.** ${one.caption}  \n${endings(one)
                .map(ending => `[${one.name}.${ending}](${one.name}.${ending})`)
                .join(' · ')}`,
          ),
        ]
  return `${[
    `# Figures of ${title}`,
    `Made by \`${command}\`. SVG and PDF are vectors; PNG has 300 dots an inch; CSV has the numbers.`,
    ...chapter('Figures', 'Figure', figures, () => [...formats, 'csv']),
    ...chapter('Tables', 'Table', tables, () => ['csv', 'html', 'txt']),
    ...chapter('Listings', 'Listing', listings, one => [(one as Listing).extension ?? 'txt']),
  ].join('\n\n')}\n`
}
