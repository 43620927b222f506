/**
 * Values of Secrets that say who or where and are ordinary words (`user: postgres`): masked wherever their letters
 * occur, they would make image names, hosts and object names unreadable and hide nothing. A word under any other key
 * may be a password, and is masked everywhere (threats.md, T49).
 */

/** Longer ones are taken for passphrases: four short words reach 16 characters. */
const longestWord = 15

/** Lower-case words joined by dashes: no digit, no other case, no sign that a generated value would hold. */
export function isOrdinary(value: string): boolean {
  return value.length <= longestWord && /^[a-z]+(?:-[a-z]+)*$/.test(value)
}

/** Keys whose values say who or where, not how to get in. */
const identifying =
  /(?:^|[._-])(?:user|username|login|host|hostname|server|port|db|dbname|database|name|region|bucket|schema|engine|type|driver|provider|realm|env|environment|namespace)$/

export function isIdentifying(key: string): boolean {
  return identifying.test(key.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase())
}
