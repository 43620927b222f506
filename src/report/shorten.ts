/** Cuts text to a number of UTF-16 units and says so; never in the middle of a surrogate pair. */
export function shorten(value: string, units: number): string {
  if (value.length <= units) return value
  const note = ` … (${plural(value.length - units, 'character')} more)`
  const end = /[\uD800-\uDBFF]/.test(value.charAt(units - 1)) ? units - 1 : units
  return `${value.slice(0, end).trimEnd()}${note}`
}

/** `1 object`, `2 objects`, `1,200 objects`; irregular plurals are given. */
export function plural(count: number, one: string, several = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : several}`
}

/** Thousands apart by commas, whatever the locale of the machine. */
export function number(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}
