/** What no object can be called or carry: the rules of k8s.io/apimachinery/pkg/util/validation, to tell who is to blame. */
import type { Json } from '../model/json.ts'

/** Part of a name: letters of other cases and other signs than dots and dashes are in none (IsDNS1123Subdomain). */
export function isBadName(part: string): boolean {
  return !/^[a-z0-9.-]*$/.test(part)
}

/** A label's key or value (IsQualifiedName, IsValidLabelValue). */
export function isBadLabel(key: string, value: Json): boolean {
  return isBadKey(key) || (typeof value === 'string' && value !== '' && !isWord(value))
}

/** Values of annotations are free. */
export function isBadAnnotation(key: string): boolean {
  return isBadKey(key)
}

function isBadKey(key: string): boolean {
  const [name = '', prefix, ...more] = key.split('/').reverse()
  if (more.length > 0 || !isWord(name)) return true
  return prefix !== undefined && (prefix === '' || prefix.length > 253 || isBadName(prefix.toLowerCase()))
}

function isWord(text: string): boolean {
  return text.length <= 63 && /^(?:[A-Za-z0-9][\w.-]*)?[A-Za-z0-9]$/.test(text)
}
