/** Pictures of one kind: 16 units square, lines of 1.5, in the colour of the text. They stand beside words or in named buttons. */
const paths = {
  runs: 'M2.5 12.5l3.5-5 3 3 4.5-7M2.5 2.5v11h11',
  plus: 'M8 3.5v9M3.5 8h9',
  search: 'M7 11.5a4.5 4.5 0 100-9 4.5 4.5 0 000 9zM10.3 10.3l3.2 3.2',
  layers: 'M8 2.5l6 3-6 3-6-3zM2 8.3l6 3 6-3M2 11.2l6 3 6-3',
  target: 'M8 13.5a5.5 5.5 0 100-11 5.5 5.5 0 000 11zM8 10.5a2.5 2.5 0 100-5 2.5 2.5 0 000 5z',
  scales: 'M8 2.5v11M4.5 13.5h7M3 4.5h10M3 4.5l-1.8 4.3a2 2 0 003.6 0zM13 4.5l-1.8 4.3a2 2 0 003.6 0z',
  camera: 'M2 5h2.6l1.2-1.8h4.4L11.4 5H14v8H2zM8 11.2a2.3 2.3 0 100-4.6 2.3 2.3 0 000 4.6z',
  grid: 'M2.5 2.5h4.5v4.5H2.5zM9 2.5h4.5v4.5H9zM2.5 9h4.5v4.5H2.5zM9 9h4.5v4.5H9z',
  pencil: 'M3 13l.7-3 7-7 2.3 2.3-7 7zM9.3 4.3l2.4 2.4',
  sun: 'M8 10.8a2.8 2.8 0 100-5.6 2.8 2.8 0 000 5.6zM8 1.5v1.6M8 12.9v1.6M1.5 8h1.6M12.9 8h1.6M3.4 3.4l1.1 1.1M11.5 11.5l1.1 1.1M12.6 3.4l-1.1 1.1M4.5 11.5l-1.1 1.1',
  moon: 'M13.5 9.6A5.8 5.8 0 116.4 2.5a4.6 4.6 0 007.1 7.1z',
  system: 'M2 3h12v8H2zM5.5 13.5h5M8 11v2.5',
  menu: 'M2.5 4h11M2.5 8h11M2.5 12h11',
  dots: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  close: 'M4 4l8 8M12 4l-8 8',
  chevron: 'M4 6.2l4 4 4-4',
  back: 'M10 3.5L5.5 8l4.5 4.5',
  next: 'M6 3.5L10.5 8 6 12.5',
  up: 'M8 13V3.5M4 7.2L8 3l4 4.2',
  down: 'M8 3v9.5M4 8.8L8 13l4-4.2',
  copy: 'M5.5 5.5h8v8h-8zM3.5 10.5h-1v-8h8v1',
  download: 'M8 2.5v7.5M4.8 7L8 10.2 11.2 7M2.5 13.5h11',
  check: 'M3 8.5l3.3 3.3L13 4.8',
  warning: 'M8 2.5l6 11H2zM8 6.8v3M8 11.6h.01',
  info: 'M8 13.8A5.8 5.8 0 108 2.2a5.8 5.8 0 000 11.6zM8 7.4v3.4M8 5.2h.01',
  report: 'M3.5 1.8h6l3 3v9.4h-9zM9.5 1.8v3h3M5.7 8h4.6M5.7 10.8h4.6',
  filter: 'M2 3h12L9.5 8.3v4.4L6.5 14V8.3z',
  pin: 'M6 2.5h4l-.6 4 2.1 2.2h-7L6.6 6.5zM8 8.7v5',
  trash: 'M2.8 4.3h10.4M6 4.3V2.5h4v1.8M4.2 4.3l.6 9.2h6.4l.6-9.2M6.7 6.8v4.2M9.3 6.8v4.2',
  zoom: 'M2.5 5.5v-3h3M10.5 2.5h3v3M13.5 10.5v3h-3M5.5 13.5h-3v-3',
  keyboard: 'M1.5 4h13v8.5h-13zM4 6.8h.01M6.7 6.8h.01M9.3 6.8h.01M12 6.8h.01M4.8 9.9h6.4',
} as const

export type IconName = keyof typeof paths

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" width={size} height={size} aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  )
}
