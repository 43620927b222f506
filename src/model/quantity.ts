/** Powers of ten and of two behind a number (apimachinery, pkg/api/resource/suffix.go). */
const suffixes: Readonly<Record<string, readonly [base: bigint, exponent: number]>> = {
  n: [10n, -9],
  u: [10n, -6],
  m: [10n, -3],
  '': [10n, 0],
  k: [10n, 3],
  M: [10n, 6],
  G: [10n, 9],
  T: [10n, 12],
  P: [10n, 15],
  E: [10n, 18],
  Ki: [2n, 10],
  Mi: [2n, 20],
  Gi: [2n, 30],
  Ti: [2n, 40],
  Pi: [2n, 50],
  Ei: [2n, 60],
}

/** Exponents that a quantity of a real manifest stays below; more digits are no amount of anything. */
const mostDigits = 60

/**
 * A Kubernetes quantity (`10Gi`, `500m`, `1e3`) in billionths, for comparisons; undefined for what is none. Parts of a
 * billionth are rounded up, as the API server does.
 */
export function quantityOf(value: unknown): bigint | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const match =
    /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,2})|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?$/.exec(
      String(value),
    )
  if (match === null) return undefined
  const [, sign, whole = '', fraction = '', power, suffix = ''] = match
  const digits = whole + fraction
  if (digits === '' || digits.length > mostDigits) return undefined
  const [base, exponent] = power === undefined ? (suffixes[suffix] ?? [10n, 0]) : [10n, Number(power)]
  const up = BigInt(digits) * (exponent > 0 ? base ** BigInt(exponent) : 1n) * 10n ** 9n
  const divisor = 10n ** BigInt(fraction.length + (exponent < 0 ? -exponent : 0))
  const amount = (up + divisor - 1n) / divisor
  return sign === '-' ? -amount : amount
}
