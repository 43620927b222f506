/**
 * Values of Secrets that are ordinary words (`postgres`, `changeme`). Masked wherever their letters occur, they would
 * make image names, hosts and object names unreadable and hide nothing that a word list would not guess; so they are
 * masked only where they stand alone.
 */

/** Longer ones are taken for passphrases: four short words reach 16 characters. */
const longestWord = 15

/** Lower-case words joined by dashes: no digit, no other case, no sign that a generated value would hold. */
export function isOrdinary(value: string): boolean {
  return value.length <= longestWord && /^[a-z]+(?:-[a-z]+)*$/.test(value)
}

/** Keys whose values say who or where, not how to get in: an ordinary word under them is no secret elsewhere. */
const identifying =
  /(?:^|[._-])(?:user|username|login|host|hostname|server|port|db|dbname|database|name|region|bucket|schema|engine|type|driver|provider|realm|env|environment|namespace)$/

export function isIdentifying(key: string): boolean {
  return identifying.test(key.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase())
}

/** A word with everything that would make it part of a longer one; a sentence's full stop is none of that. */
const token = /[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?/g

/**
 * Replaces words that stand alone: not part of a path, host or image (`docker.io/library/postgres:15`), but as a value
 * after `=`, `:` or in quotes, and as the password of `user:word@host`.
 */
export function replaceWords(text: string, words: ReadonlySet<string>, replacement: string): string {
  if (words.size === 0) return text
  return text.replace(token, (word, offset: number) => {
    if (!words.has(word)) return word
    const before = text.charAt(offset - 1)
    const after = text.slice(offset + word.length, offset + word.length + 2)
    const isPart = before === '/' || before === '@' || after.startsWith('/') || /^:\S/.test(after)
    return isPart ? word : replacement
  })
}
