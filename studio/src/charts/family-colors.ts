/** The place of each family among the colours, for as long as the page is open: what is drawn next does not change the colours of what is there. */
const places = new Map<string, number>()

/**
 * A number for each of some families: what had one keeps it, and others get the smallest numbers that none of these has. With more
 * families than colours, colours come again.
 */
export function placesOf(families: readonly string[]): ReadonlyMap<string, number> {
  const taken = new Set(families.flatMap(family => places.get(family) ?? []))
  for (const family of families) {
    if (places.has(family)) continue
    let place = 0
    while (taken.has(place)) place++
    taken.add(place)
    places.set(family, place)
  }
  const shown = new Map(families.map(family => [family, places.get(family)!]))
  // Two that were never drawn together may have the same one.
  const used = new Set<number>()
  for (const family of families) {
    let place = shown.get(family)!
    while (used.has(place)) place++
    used.add(place)
    places.set(family, place)
    shown.set(family, place)
  }
  return shown
}
